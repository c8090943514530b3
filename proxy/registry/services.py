"""All services, whatever declares them, by namespace and by host. Pure rules.

A host may be declared several times in a namespace: a Kubernetes Service wins, else the oldest ServiceEntry, which
gains the ports of the others with the same resolution. A precedence of the sources by host comes before both.
Source: istio pilot/pkg/model/push_context.go (initServiceRegistry) and sidecar.go (canMergeServices).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from pipeline.stages.host_strength import host_strength
from proxy.registry.export import PUBLIC
from proxy.registry.kubernetes_services import KUBERNETES_SERVICE, kubernetes_services
from proxy.registry.service import Port, Resolution, Service
from proxy.registry.service_entries import SERVICE_ENTRY, entry_services, inline_workloads

SERVICE_KINDS: Final = (KUBERNETES_SERVICE, SERVICE_ENTRY)


class HostIn(NamedTuple):
    """A host in a namespace."""

    namespace: str
    host: str


class ServiceGroup(NamedTuple):
    """A group of the one index of what declares services, see `service_groups`."""

    sort: str
    namespace: str
    value: str | tuple[str, str] = ""


def services_of(view: View, key: Key) -> tuple[Service, ...]:
    """The services that one object declares (a rule)."""
    return kubernetes_services(view, key) if key.kind == KUBERNETES_SERVICE else entry_services(view, key)


def service_groups(view: View, key: Key) -> tuple[ServiceGroup, ...]:
    """The groups of an object, one index for all, so that a service costs one entry.

    Its namespace (`of_namespace`); its hosts, with the namespace and without (`of_host`); the first label of each
    selector (`of_selector`); the namespaces that it is exported to by name (`exported_to`); the addresses of the
    endpoints inside it (`of_address`).
    """
    found = [of_namespace(key.namespace)]
    for service in view.derive(services_of, key):
        found.extend((of_host(service.host), of_host(service.host, key.namespace)))
        if service.selector:
            found.append(of_selector(key.namespace, service.selector[0]))
        if service.export_to != PUBLIC:
            found.extend(exported_to(namespace) for namespace in service.export_to)
    if key.kind == SERVICE_ENTRY:
        found.extend(of_address(item.address) for item in view.derive(inline_workloads, key) if item.address)
    return tuple(found)


def of_namespace(namespace: str) -> ServiceGroup:
    """What is in a namespace."""
    return ServiceGroup("namespace", namespace)


def of_host(host: str, namespace: str = "") -> ServiceGroup:
    """What declares a host, in a namespace or anywhere."""
    return ServiceGroup("host", namespace, host)


def of_selector(namespace: str, label: tuple[str, str]) -> ServiceGroup:
    """What selects workloads of a namespace by labels of which this is the first."""
    return ServiceGroup("selector", namespace, label)


def exported_to(namespace: str) -> ServiceGroup:
    """What is exported to a namespace by name."""
    return ServiceGroup("exported", namespace)


def of_address(address: str) -> ServiceGroup:
    """What has an endpoint of its own at an address."""
    return ServiceGroup("address", "", address)


def in_namespace(_: View, key: Key) -> tuple[str]:
    """The namespace of an object of any other kind (the groups of an index)."""
    return (key.namespace,)


def declaring(view: View, group: ServiceGroup) -> list[Key]:
    """The objects of a group, Kubernetes Services first."""
    return [key for kind in SERVICE_KINDS for key in view.lookup(service_groups, kind, group)]


def service_in(view: View, name: HostIn) -> Service | None:
    """The service of that host in that namespace (a rule)."""
    keys = declaring(view, of_host(name.host, name.namespace))
    found = [service for key in keys for service in view.derive(services_of, key) if service.host == name.host]
    if not found:
        return None
    if len(found) > 1:
        found.sort(key=lambda service: (host_strength(view, service.key, name.host), *_age(service)))
    return _merged(found)


def namespaces_of(view: View, host: str) -> tuple[str, ...]:
    """The namespaces that declare a host, sorted (a rule)."""
    return tuple(sorted({key.namespace for key in declaring(view, of_host(host))}))


def namespace_services(view: View, namespace: str) -> tuple[Service, ...]:
    """All services of a namespace, by host (a rule)."""
    keys = declaring(view, of_namespace(namespace))
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
        if other.resolution is first.resolution and not other.kubernetes:
            for port in other.ports:
                ports.setdefault(port.number, port)
    return first if len(ports) == len(first.ports) else replace(first, ports=tuple(ports.values()))
