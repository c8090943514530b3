"""Rules of Ingress. Pure. Source: Kubernetes' pkg/apis/networking/validation/validation.go (`ValidateIngressSpec`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.fault import Fault, invalid
from schemas.kinds.kube_ingress import HTTPIngressPath, Ingress, IngressBackend, IngressRule, ServiceBackendPort
from schemas.rules.kube_names import host_problem, port_name_problem, service_problem, subdomain_problem
from schemas.rules.ports import port_problem

_SEQUENCES: Final = ("//", "/./", "/../", "%2f", "%2F")
_ENDINGS: Final = ("/..", "/.")


def check_kube_ingress(ingress: Ingress, path: str, namespace: str) -> Iterator[Fault]:
    """A default backend or rules; hosts that are names; absolute paths; backends that name one thing."""
    del namespace
    default = ingress.default_backend or ingress.backend
    if default is not None:
        name = "defaultBackend" if ingress.default_backend is not None else "backend"
        yield from _check_backend(default, f"{path}.{name}")
    elif not ingress.rules:
        yield invalid(path, "an Ingress needs `defaultBackend` or `rules`")
    if ingress.ingress_class_name is not None and (problem := subdomain_problem(ingress.ingress_class_name, "class")):
        yield invalid(f"{path}.ingressClassName", problem)
    for index, tls in enumerate(ingress.tls):
        for number, host in enumerate(tls.hosts):
            if problem := host_problem(host):
                yield invalid(f"{path}.tls[{index}].hosts[{number}]", problem)
    for index, rule in enumerate(ingress.rules):
        yield from _check_rule(rule, f"{path}.rules[{index}]")


def _check_rule(rule: IngressRule, path: str) -> Iterator[Fault]:
    if rule.host and (problem := host_problem(rule.host)):
        yield invalid(f"{path}.host", problem, "leave `host` out for all hosts" if rule.host == "*" else "")
    if rule.http is None:
        return
    if not rule.http.paths:
        yield invalid(f"{path}.http.paths", "at least one path is needed")
    for number, item in enumerate(rule.http.paths):
        yield from _check_path(item, f"{path}.http.paths[{number}]")


def _check_path(item: HTTPIngressPath, path: str) -> Iterator[Fault]:
    yield from _check_backend(item.backend, f"{path}.backend")
    if item.path_type is None and not item.backend.service_name:
        yield invalid(f"{path}.pathType", "`pathType` is required", "add `pathType: Prefix`, or Exact")
    text = item.path
    if item.path_type in ("Exact", "Prefix"):
        if not text.startswith("/"):
            yield invalid(f"{path}.path", f"`{text[:80]}` must be an absolute path", "begin it with `/`")
        for part in _SEQUENCES:
            if part in text:
                yield invalid(f"{path}.path", f"`{text[:80]}` must not contain `{part}`")
        for part in _ENDINGS:
            if text.endswith(part):
                yield invalid(f"{path}.path", f"`{text[:80]}` must not end in `{part}`")
    elif text and not text.startswith("/"):
        yield invalid(f"{path}.path", f"`{text[:80]}` must be an absolute path", "begin it with `/`")


def _check_backend(backend: IngressBackend, path: str) -> Iterator[Fault]:
    if backend.resource is not None:
        if backend.service is not None or backend.service_name:
            yield invalid(path, "a backend is either a service or a resource, not both")
        for name in ("kind", "name"):
            if not getattr(backend.resource, name):
                yield invalid(f"{path}.resource.{name}", f"the resource needs a {name}")
        return
    if backend.service_name:
        yield from _check_old(backend, path)
        return
    if backend.service is None:
        yield invalid(
            path, "a backend needs `service` or `resource`", "write service: {name: ..., port: {number: ...}}"
        )
        return
    if not backend.service.name:
        yield invalid(f"{path}.service.name", "the service needs a name")
    elif problem := service_problem(backend.service.name):
        yield invalid(f"{path}.service.name", problem)
    yield from _check_port(backend.service.port or ServiceBackendPort(), f"{path}.service.port")


def _check_port(port: ServiceBackendPort, path: str) -> Iterator[Fault]:
    if port.name and port.number:
        yield invalid(path, "a port has either a name or a number, not both")
    elif port.name:
        if problem := port_name_problem(port.name):
            yield invalid(f"{path}.name", problem)
    elif not port.number:
        yield invalid(path, "the port needs a name or a number")
    elif problem := port_problem(port.number):
        yield invalid(f"{path}.number", problem)


def _check_old(backend: IngressBackend, path: str) -> Iterator[Fault]:
    """The form of `v1beta1`: `serviceName` and `servicePort`."""
    if backend.service is not None:
        yield invalid(path, "`serviceName` is the old form of `service.name`: write one of them")
    if problem := service_problem(backend.service_name):
        yield invalid(f"{path}.serviceName", problem)
    port = backend.service_port
    if port is None:
        yield invalid(f"{path}.servicePort", "the port needs a name or a number")
    elif problem := port_name_problem(port) if isinstance(port, str) else port_problem(port):
        yield invalid(f"{path}.servicePort", problem)
