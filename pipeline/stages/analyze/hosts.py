"""Which hosts the mesh knows, for the analyzers. Pure rules.

Source: istio pkg/config/analysis/analyzers/util/service_lookup.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pipeline.stages.claimed_hosts import DOMAIN, full_name
from pipeline.stages.typed import typed_as
from schemas.hostname import covers
from schemas.kinds.kube_service import Service
from schemas.kinds.service_entry import ServiceEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key

DECLARING: Final = ("Service", "ServiceEntry")
_EXPORT: Final = "networking.istio.io/exportTo"
_ODD: Final = "*"


class Declared(NamedTuple):
    """A host as an object declares it: which object, the host as written there, its port numbers, who may see it."""

    key: Key
    host: str
    ports: tuple[int, ...]
    scopes: tuple[str, ...]


class Asked(NamedTuple):
    """A host as objects name it, in full, and the namespaces from which it is looked at, sorted."""

    namespaces: tuple[str, ...]
    host: str


def asked_by(key: Key, host: str, export_to: Iterable[str]) -> Asked:
    """Return what an object asks for: those look who see it; where all do, its own namespace stands for them."""
    scopes = {key.namespace if scope in {".", "*"} else scope for scope in export_to or (".",)}
    return Asked(tuple(sorted(scopes)), full_name(host, key.namespace))


def declares(view: View, key: Key) -> tuple[Declared, ...]:
    """Return the hosts that a ServiceEntry or a Kubernetes Service declares (a rule)."""
    return tuple(_service(view, key) if key.kind == "Service" else _entry(view, key))


def declared_names(view: View, key: Key) -> tuple[str, ...]:
    """Return the hosts of `declares`; a wildcard that does not begin with `*.` is under `*` (an index's rule)."""
    return tuple(_ODD if _is_odd(one.host) else one.host for one in view.derive(declares, key))


def known_host(view: View, asked: Asked) -> Declared | None:
    """Return who declares a host that the namespaces may see: itself, else the narrowest wildcard over it (a rule)."""
    for name in (asked.host, *wildcards_over(asked.host)):
        for one in _listed(view, name):
            if one.host == name and _sees(one, asked.namespaces):
                return one
    odd = [one for one in _listed(view, _ODD) if covers(one.host, asked.host) and _sees(one, asked.namespaces)]
    return max(odd, key=lambda one: len(one.host), default=None)


def wildcards_over(host: str) -> Iterator[str]:
    """Give the wildcards `*.REST` that cover a host, the narrowest first."""
    _, dot, rest = host.partition(".")
    while dot:
        yield f"*.{rest}"
        _, dot, rest = rest.partition(".")


def _service(view: View, key: Key) -> Iterator[Declared]:
    service, resource = typed_as(view, key, Service), view.get(key)
    if service is not None and resource is not None:
        scopes = _scopes(resource.annotations.get(_EXPORT, "").replace(" ", "").split(","), key.namespace)
        ports = tuple(port.port for port in service.ports)
        yield Declared(key, f"{key.name}.{key.namespace}.{DOMAIN}", ports, scopes)


def _entry(view: View, key: Key) -> Iterator[Declared]:
    entry = typed_as(view, key, ServiceEntry)
    if entry is not None:
        scopes = _scopes(entry.export_to, key.namespace)
        ports = tuple(port.number for port in entry.ports)
        for host in entry.hosts:
            yield Declared(key, full_name(host, key.namespace), ports, scopes)


def _scopes(written: Iterable[str], namespace: str) -> tuple[str, ...]:
    return tuple(namespace if scope == "." else scope for scope in written if scope) or ("*",)


def _listed(view: View, group: str) -> list[Declared]:
    return [
        one
        for kind in DECLARING
        for key in view.lookup(declared_names, kind, group)
        for one in view.derive(declares, key)
    ]


def _is_odd(host: str) -> bool:
    return host.startswith("*") and not host.startswith("*.")


def _sees(one: Declared, namespaces: tuple[str, ...]) -> bool:
    return "*" in one.scopes or any(namespace in one.scopes for namespace in namespaces)
