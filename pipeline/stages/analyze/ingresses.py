"""Ingresses: whether they are ours, and whether their backends exist. Pure.

GLY0308, IST0101. Istio's analyzers do not look at Ingresses; requests to a backend that is not there fail all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.codes_stage import NOT_OURS
from pipeline.stages.analyze.hosts import Asked, known_host
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.claimed_hosts import full_name
from pipeline.stages.ingress_class import is_served
from pipeline.stages.typed import typed_as
from schemas.kinds.kube_service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key
    from schemas.kinds.kube_ingress import Ingress, IngressBackend

_MISSING = "IST0101"


def ingress_problems(view: View, key: Key, spec: Ingress) -> Iterator[Problem]:
    """Give what keeps an Ingress, or one of its paths, from being served."""
    if not view.derive(is_served, key):
        text = "this Ingress is left alone: its class is not one that is served here"
        hint = "set `ingressClassName` to an IngressClass of istio.io/ingress-controller, if it is meant for the mesh"
        yield Problem(NOT_OURS, "spec.ingressClassName", text, hint)
        return
    if spec.default_backend is not None:
        yield from _backend(view, key, spec.default_backend, "spec.defaultBackend")
    if spec.backend is not None:
        yield from _backend(view, key, spec.backend, "spec.backend")
    for number, rule in enumerate(spec.rules):
        for index, path in enumerate(rule.http.paths if rule.http is not None else ()):
            yield from _backend(view, key, path.backend, f"spec.rules[{number}].http.paths[{index}].backend")


def _backend(view: View, key: Key, backend: IngressBackend, path: str) -> Iterator[Problem]:
    name, wanted = backend.target
    if not name:
        return
    where = f"{path}.service" if backend.service is not None else path
    host = full_name(name, key.namespace)
    if isinstance(wanted, int):
        yield from service_problems(view, key, (host, wanted), where)
        return
    known = view.derive(known_host, Asked((key.namespace,), host))
    if known is None:
        yield from service_problems(view, key, (host, 0), where)
    elif known.key.kind == "Service" and not _has_port(typed_as(view, known.key, Service), wanted):
        text = f"Referenced port not found: {host} has no port `{wanted[:80]}`, so requests get 503"
        yield Problem(
            _MISSING, where, text, "name a port of the Service, or give its number", (known.key,), "the Service"
        )


def service_problems(view: View, key: Key, wanted: tuple[str, int], path: str) -> Iterator[Problem]:
    """Give a problem where a service, or its port of that number (0: any), is not there."""
    host, port = wanted
    known = view.derive(known_host, Asked((key.namespace,), host))
    if known is None:
        yield Problem(_MISSING, path, f"Referenced host not found: {host}", "mend the name, or add the Service")
    elif port and known.ports and port not in known.ports:
        ports = ", ".join(map(str, known.ports))
        text = f"Referenced port not found: {host} has no port {port}, but {ports}"
        yield Problem(_MISSING, path, text, "use a port of the Service", (known.key,), "the Service")


def _has_port(service: Service | None, name: str) -> bool:
    return service is not None and any(port.name == name for port in service.ports)
