"""The endpoints of a service's port, wherever they are declared. Pure rules.

The port of an endpoint is, in this order: none for a Unix socket, what the workload itself calls by the port's name,
the target port, the port's number. A DNS service without endpoints is its own endpoint.
Source: istio pilot/pkg/serviceregistry/serviceentry/conversion.go (convertEndpoint).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pipeline.derive import View
from proxy.naming import is_ip
from proxy.registry.service import Endpoint, Port, PortKey, Resolution, Service
from proxy.registry.service_entries import SERVICE_ENTRY, inline_workloads
from proxy.registry.services import HostIn, of_host, service_groups, service_in, services_of
from proxy.registry.slices import has_slices, slice_endpoints
from proxy.registry.workloads import Workload, workloads_selected
from schemas.hostname import is_wildcard

UNIX: Final = "unix://"
DNS_RESOLUTIONS: Final = frozenset({Resolution.DNS, Resolution.DNS_ROUND_ROBIN})


def endpoints_of(view: View, key: PortKey) -> tuple[Endpoint, ...]:
    """The endpoints of a port of a service, sick ones too, in the order they are declared (a rule)."""
    service = view.derive(service_in, HostIn(key.service.namespace, key.host))
    if service is None:
        return ()
    found: list[Endpoint] = []
    if service.kubernetes and (port := service.port(key.port)) is not None:
        found.extend(_kubernetes_endpoints(view, service, port))
    for entry in view.lookup(service_groups, SERVICE_ENTRY, of_host(key.host, key.service.namespace)):
        found.extend(_entry_endpoints(view, PortKey(entry, key.host, key.port)))
    if not found and service.resolution in DNS_RESOLUTIONS and not is_wildcard(service.host):
        port = service.port(key.port)
        number = port.target if port is not None and isinstance(port.target, int) else key.port
        return (Endpoint(address=service.host, port=number, namespace=service.namespace),)
    return tuple(found)


def _entry_endpoints(view: View, key: PortKey) -> tuple[Endpoint, ...]:
    """The endpoints that one ServiceEntry gives a port of one of its hosts."""
    own = next((item for item in view.derive(services_of, key.service) if item.host == key.host), None)
    port = own.port(key.port) if own is not None else None
    if own is None or port is None or own.resolution is Resolution.DYNAMIC_DNS:
        return ()
    if own.selector is not None:
        selected = view.derive(workloads_selected, (key.service.namespace, own.selector))
        return _at_port((item for item in selected if item.ready), port)
    return _at_port(view.derive(inline_workloads, key.service), port)


def at_port(item: Workload, port: Port) -> Endpoint | None:
    """The endpoint that a workload is for a port of a service; None where it does not say where it listens."""
    if item.address.startswith(UNIX):
        number: int | None = 0
    else:
        number = item.port(port.name) if not item.pod else None
        if number is None:
            number = item.port(port.target) if isinstance(port.target, str) else port.target or port.number
    if number is None:
        return None
    return Endpoint(
        address=item.address,
        port=number,
        labels=item.labels,
        locality=item.locality,
        weight=item.weight,
        network=item.network,
        service_account=item.service_account,
        tls_mode=item.tls_mode,
        healthy=item.ready,
        namespace=item.namespace,
        workload=item.name,
    )


def can_be_eds(endpoint: Endpoint) -> bool:
    """Whether an endpoint can be sent by EDS, which takes addresses and sockets, not names."""
    return endpoint.address.startswith(UNIX) or is_ip(endpoint.address)


def _at_port(items: Iterable[Workload], port: Port) -> tuple[Endpoint, ...]:
    found = (at_port(item, port) for item in items if item.address)
    return tuple(endpoint for endpoint in found if endpoint is not None)


def _kubernetes_endpoints(view: View, service: Service, port: Port) -> Iterable[Endpoint]:
    """The endpoints of a Kubernetes Service: slices (pods where it has none), and selected entries."""
    found = list(view.derive(slice_endpoints, (service.key, port.name)))
    if service.selector is None:
        return found
    sliced = has_slices(view, service.key)
    for item in view.derive(workloads_selected, (service.namespace, service.selector)):
        endpoint = at_port(item, port) if not (item.pod and sliced) else None
        if endpoint is not None:
            found.append(endpoint)
    return found
