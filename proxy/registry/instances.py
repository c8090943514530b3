"""What the proxy's own workload serves: its ports of services, by its addresses and by its labels. Pure rules.

Source: istio pilot/pkg/serviceregistry/*/controller.go (GetProxyServiceTargets).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.registry.endpoints import at_port, endpoints_of
from proxy.registry.service import Labels, Locality, PortKey, Service, ServiceInstance
from proxy.registry.service_entries import SERVICE_ENTRY, inline_workloads
from proxy.registry.services import HostIn, declaring, of_address, of_selector, service_groups, service_in, services_of
from proxy.registry.slices import ENDPOINT_SLICE, slice_addresses, slice_owner
from proxy.registry.workloads import POD, WORKLOAD_ENTRY, Workload, workload


class Place(NamedTuple):
    """Where a proxy is, as it says itself."""

    addresses: tuple[str, ...]
    namespace: str
    labels: Labels


class LocalWorkload(NamedTuple):
    """The workload beside a proxy: what it serves (the oldest service first), its labels, and where it runs."""

    instances: tuple[ServiceInstance, ...]
    labels: Labels
    locality: Locality


def local_workload(view: View, place: Place) -> LocalWorkload:
    """The workload at a place: what the registry knows of its addresses, and what its labels select (a rule)."""
    here = [item for address in place.addresses for item in view.derive(workloads_at, address)]
    labels = place.labels or next(
        (item.labels for item in here if item.namespace == place.namespace and item.labels), ()
    )
    found: dict[tuple[str, str, int], ServiceInstance] = {}
    for address in place.addresses:
        for instance in view.derive(instances_at, address):
            found.setdefault((instance.service.namespace, instance.host, instance.port), instance)
    for instance in view.derive(instances_selected, (place.namespace, labels)) if labels else ():
        found.setdefault((instance.service.namespace, instance.host, instance.port), instance)
    locality = next((item.locality for item in here if item.locality.region), Locality())
    return LocalWorkload(tuple(sorted(found.values(), key=lambda item: _age(view, item))), labels, locality)


def workloads_at(view: View, address: str) -> tuple[Workload, ...]:
    """The workloads, of objects and inline, that have an address (a rule)."""
    keys = [key for kind in (WORKLOAD_ENTRY, POD) for key in view.lookup(workload_address, kind, address)]
    found = [item for key in keys if (item := view.derive(workload, key)) is not None]
    for entry in view.lookup(service_groups, SERVICE_ENTRY, of_address(address)):
        found.extend(item for item in view.derive(inline_workloads, entry) if item.address == address)
    return tuple(found)


def instances_at(view: View, address: str) -> tuple[ServiceInstance, ...]:
    """The ports of services that are served at an address (a rule)."""
    found: dict[ServiceInstance, None] = {}
    for entry in view.lookup(service_groups, SERVICE_ENTRY, of_address(address)):
        for service in view.derive(services_of, entry):
            found.update(dict.fromkeys(_served(view, service, address)))
    for key in view.lookup(slice_addresses, ENDPOINT_SLICE, address):
        for owner in slice_owner(view, key):
            for service in view.derive(services_of, Key("Service", owner.namespace, owner.service)):
                found.update(dict.fromkeys(_served(view, service, address)))
    for kind in (WORKLOAD_ENTRY, POD):
        for key in view.lookup(workload_address, kind, address):
            item = view.derive(workload, key)
            if item is not None:
                found.update(dict.fromkeys(_selected(view, item)))
    return tuple(found)


def instances_selected(view: View, wanted: tuple[str, Labels]) -> tuple[ServiceInstance, ...]:
    """The ports of services that select a workload of a namespace with these labels (a rule)."""
    namespace, labels = wanted
    return tuple(_selected(view, Workload(address="", namespace=namespace, labels=labels)))


def workload_address(view: View, key: Key) -> tuple[str, ...]:
    """The address of a workload (the groups of an index)."""
    found = view.derive(workload, key)
    return (found.address,) if found is not None and found.address else ()


def _served(view: View, service: Service, address: str) -> Iterator[ServiceInstance]:
    """The ports of a service that an address serves."""
    known = view.derive(service_in, HostIn(service.namespace, service.host))
    if known is None:
        return
    for port in known.ports:
        for endpoint in view.derive(endpoints_of, PortKey(known.key, known.host, port.number)):
            if endpoint.address == address and endpoint.port:
                yield ServiceInstance(known.key, known.host, port.number, endpoint.port)


def _selected(view: View, item: Workload) -> Iterator[ServiceInstance]:
    """The ports of the services whose selector selects a workload."""
    have = frozenset(item.labels)
    keys = {key for label in item.labels for key in declaring(view, of_selector(item.namespace, label))}
    for key in sorted(keys):
        for service in view.derive(services_of, key):
            if service.selector and frozenset(service.selector) <= have:
                known = view.derive(service_in, HostIn(service.namespace, service.host)) or service
                for port in service.ports:
                    endpoint = at_port(item, port)
                    if endpoint is not None and endpoint.port:
                        yield ServiceInstance(known.key, service.host, port.number, endpoint.port)


def _age(view: View, instance: ServiceInstance) -> tuple[str, str, str, int]:
    """What sorts instances: the oldest service first, then by host, namespace and port."""
    service = view.derive(service_in, HostIn(instance.service.namespace, instance.host))
    return (service.created if service is not None else "", instance.host, instance.service.namespace, instance.port)
