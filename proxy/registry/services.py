"""All services, whatever declares them, by namespace and by host. Pure rules.

A host may be declared several times in a namespace: a Kubernetes Service wins, else the oldest ServiceEntry, which
gains the ports of the others with the same resolution.
Source: istio pilot/pkg/model/push_context.go (initServiceRegistry) and sidecar.go (canMergeServices).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.registry.kubernetes_services import KUBERNETES_SERVICE, kubernetes_services
from proxy.registry.service import Port, Resolution, Service
from proxy.registry.service_entries import SERVICE_ENTRY, entry_services

SERVICE_KINDS: Final = (KUBERNETES_SERVICE, SERVICE_ENTRY)


class HostIn(NamedTuple):
    """A host in a namespace."""

    namespace: str
    host: str


def services_of(view: View, key: Key) -> tuple[Service, ...]:
    """The services that one object declares (a rule)."""
    if key.kind == KUBERNETES_SERVICE:
        return view.derive(kubernetes_services, key)
    return view.derive(entry_services, key)


def declared_hosts(view: View, key: Key) -> tuple[str | HostIn, ...]:
    """The hosts that one object declares, bare and with its namespace (the groups of an index)."""
    hosts = [service.host for service in view.derive(services_of, key)]
    return (*hosts, *(HostIn(key.namespace, host) for host in hosts))


def in_namespace(_: View, key: Key) -> tuple[str]:
    """The namespace of an object (the groups of an index)."""
    return (key.namespace,)


def service_in(view: View, name: HostIn) -> Service | None:
    """The service of that host in that namespace (a rule)."""
    keys = [key for kind in SERVICE_KINDS for key in view.lookup(declared_hosts, kind, name)]
    found = [service for key in keys for service in view.derive(services_of, key) if service.host == name.host]
    if not found:
        return None
    found.sort(key=_age)
    return _merged(found)


def namespaces_of(view: View, host: str) -> tuple[str, ...]:
    """The namespaces that declare a host, sorted (a rule)."""
    return tuple(sorted({key.namespace for kind in SERVICE_KINDS for key in view.lookup(declared_hosts, kind, host)}))


def namespace_services(view: View, namespace: str) -> tuple[Service, ...]:
    """All services of a namespace, by host (a rule)."""
    keys = [key for kind in SERVICE_KINDS for key in view.lookup(in_namespace, kind, namespace)]
    hosts = {service.host for key in keys for service in view.derive(services_of, key)}
    found = (view.derive(service_in, HostIn(namespace, host)) for host in sorted(hosts))
    return tuple(service for service in found if service is not None)


def service_namespaces(view: View, _: None) -> tuple[str, ...]:
    """The namespaces with services, sorted (a rule)."""
    return tuple(sorted({key.namespace for kind in SERVICE_KINDS for key in view.keys(kind)}))


def _age(service: Service) -> tuple[bool, str, str]:
    """What sorts the services of a host in a namespace: Kubernetes first, then by age, then by name."""
    return (not service.kubernetes, service.created, service.key.name)


def _merged(services: list[Service]) -> Service:
    """The first service, with the ports of the others that may be merged into it."""
    first, *others = services
    if first.kubernetes or first.resolution is Resolution.DYNAMIC_DNS:
        return first
    ports: dict[int, Port] = {port.number: port for port in first.ports}
    for other in others:
        if other.resolution is first.resolution:
            for port in other.ports:
                ports.setdefault(port.number, port)
    return first if len(ports) == len(first.ports) else replace(first, ports=tuple(ports.values()))
