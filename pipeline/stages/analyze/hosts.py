"""Which hosts the mesh knows, for the analyzers. Pure rules.

Source: istio pkg/config/analysis/analyzers/util/service_lookup.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline.stages.typed import typed_as
from schemas.hostname import is_within
from schemas.kinds.kube_service import Service
from schemas.kinds.service_entry import ServiceEntry
from schemas.suggest import closest

if TYPE_CHECKING:
    from pipeline.derive import View
    from pipeline.model.key import Key

_DOMAIN = "svc.cluster.local"


class Declared(NamedTuple):
    """A host as an object declares it: which object, the host as written there, its port numbers, who may see it."""

    key: Key
    host: str
    ports: tuple[int, ...]
    export_to: tuple[str, ...]


class Asked(NamedTuple):
    """A host as an object of a namespace names it, in full."""

    namespace: str
    host: str


def full_name(host: str, namespace: str) -> str:
    """Return a host as it is meant in a namespace: a name without a dot is a service of it."""
    host = host.lower()
    return host if "." in host or host.startswith("*") else f"{host}.{namespace}.{_DOMAIN}"


def declares(view: View, key: Key) -> tuple[Declared, ...]:
    """Return the hosts that a ServiceEntry or a Kubernetes Service declares (a rule)."""
    if key.kind == "Service":
        service = typed_as(view, key, Service)
        if service is None:
            return ()
        ports = tuple(port.port for port in service.ports)
        return (Declared(key, f"{key.name}.{key.namespace}.{_DOMAIN}", ports, ("*",)),)
    entry = typed_as(view, key, ServiceEntry)
    if entry is None:
        return ()
    numbers = tuple(port.number for port in entry.ports)
    return tuple(Declared(key, host.lower(), numbers, entry.export_to or ("*",)) for host in entry.hosts)


def declared_names(view: View, key: Key) -> tuple[str, ...]:
    """Return the hosts of `declares`; every wildcard is under `*` (an index's rule)."""
    return tuple("*" if one.host.startswith("*") else one.host for one in view.derive(declares, key))


def known_host(view: View, asked: Asked) -> Declared | None:
    """Return who declares a host that a namespace may see: itself, else a wildcard over it (a rule)."""
    exact = [one for one in _listed(view, asked.host) if one.host == asked.host and _sees(one, asked.namespace)]
    if exact:
        return exact[0]
    over = [one for one in _listed(view, "*") if is_within(asked.host, one.host) and _sees(one, asked.namespace)]
    return max(over, key=lambda one: len(one.host), default=None)


def near_hosts(view: View, asked: Asked) -> str:
    """Return a known host that looks like the one asked for, or nothing (a rule)."""
    known = {one.host for kind in ("ServiceEntry", "Service") for key in view.keys(kind) for one in view.derive(declares, key)}
    return closest(asked.host, sorted(known)) or ""


def _listed(view: View, group: str) -> list[Declared]:
    return [
        one
        for kind in ("Service", "ServiceEntry")
        for key in view.lookup(declared_names, kind, group)
        for one in view.derive(declares, key)
    ]


def _sees(one: Declared, namespace: str) -> bool:
    return any(
        scope == "*" or scope == namespace or (scope == "." and one.key.namespace == namespace) for scope in one.export_to
    )
