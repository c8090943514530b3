"""Rules of services and specs that Mixer's client kinds name. Pure. Source: Istio 1.4's `ValidateMixerService`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.fault import Fault, invalid
from schemas.rules.labels import check_labels
from schemas.rules.names import dns_label_problem, fqdn_problem
from schemas.types.mixer_service import IstioService, SpecReference


def check_bound(
    services: Sequence[IstioService], specs: Sequence[SpecReference], path: str, field: str
) -> Iterator[Fault]:
    """At least one service and one spec, by names that can be such; `field` holds the specs."""
    if not services:
        yield invalid(f"{path}.services", "at least one service is needed")
    for index, service in enumerate(services):
        yield from _check_service(service, f"{path}.services[{index}]")
    if not specs:
        yield invalid(f"{path}.{field}", "at least one spec is needed")
    for index, spec in enumerate(specs):
        where = f"{path}.{field}[{index}]"
        if not spec.name:
            yield invalid(f"{where}.name", "the name of the spec is missing")
        if spec.namespace and (problem := dns_label_problem(spec.namespace, "namespace")):
            yield invalid(f"{where}.namespace", problem)


def _check_service(service: IstioService, path: str) -> Iterator[Fault]:
    if not service.name and not service.service:
        yield invalid(path, "one of name and service is needed")
    elif service.name and service.service:
        yield invalid(f"{path}.service", "only one of name and service may be set")
    elif service.service:
        for name, value in (("namespace", service.namespace), ("domain", service.domain)):
            if value:
                yield invalid(f"{path}.{name}", f"`{name}` has no place beside `service`, which is a full name")
    elif problem := dns_label_problem(service.name, "the short name of a service"):
        yield invalid(f"{path}.name", problem)
    if service.namespace and (problem := dns_label_problem(service.namespace, "namespace")):
        yield invalid(f"{path}.namespace", problem)
    if service.domain and (problem := fqdn_problem(service.domain)):
        yield invalid(f"{path}.domain", problem)
    yield from check_labels(service.labels, f"{path}.labels")
