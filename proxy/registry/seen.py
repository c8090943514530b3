"""What a vantage sees: all hosts, or the service that one host means. Pure rules; what translation asks."""

from __future__ import annotations

from dataclasses import replace

from pipeline.derive import View
from proxy.registry.allocation import allocated
from proxy.registry.egress import sidecar_host, sidecar_hosts
from proxy.registry.service import Service
from proxy.registry.services import HostIn, service_in
from proxy.registry.vantage import SeenHost, Vantage, VisibleHost
from proxy.registry.visibility import exported_host, exported_hosts


def visible_hosts(view: View, vantage: Vantage) -> tuple[VisibleHost, ...]:
    """The hosts that are seen, by host, each with the object that declares it (a rule)."""
    if vantage.sidecar is not None:
        return view.derive(sidecar_hosts, vantage)
    found = view.derive(exported_hosts, vantage.namespace)
    return tuple(item._replace(allocated=True) for item in found) if vantage.allocated else found


def visible_host(view: View, name: SeenHost) -> VisibleHost | None:
    """One host of `visible_hosts` (a rule; without a Sidecar it reads nothing of other hosts)."""
    if name.vantage.sidecar is not None:
        return view.derive(sidecar_host, name)
    found = view.derive(exported_host, HostIn(name.vantage.namespace, name.host))
    return found._replace(allocated=True) if found is not None and name.vantage.allocated else found


def service_named(view: View, name: SeenHost) -> Service | None:
    """The service that a host means, with the ports that are seen of it (a rule)."""
    found = view.derive(visible_host, name)
    return service_seen(view, found) if found is not None else None


def service_seen(view: View, seen: VisibleHost) -> Service | None:
    """The service of a visible host, with the address and the ports that are seen of it."""
    name = HostIn(seen.service.namespace, seen.host)
    service = view.derive(service_in, name)
    if service is None:
        return None
    if seen.allocated and not service.addresses and (address := view.derive(allocated, name)):
        service = replace(service, addresses=(address,))
    if seen.ports is None:
        return service
    return replace(service, ports=tuple(port for port in service.ports if port.number in seen.ports))
