"""What a vantage sees: all hosts, or the service that one host means. Pure rules; what translation asks."""

from __future__ import annotations

from dataclasses import replace

from pipeline.derive import View
from proxy.registry.egress import sidecar_host, sidecar_hosts
from proxy.registry.service import Service
from proxy.registry.services import HostIn, service_in
from proxy.registry.vantage import SeenHost, Vantage, VisibleHost
from proxy.registry.visibility import exported_host, exported_hosts


def visible_hosts(view: View, vantage: Vantage) -> tuple[VisibleHost, ...]:
    """The hosts that are seen, by host, each with the object that declares it (a rule)."""
    if vantage.sidecar is not None:
        return view.derive(sidecar_hosts, vantage)
    return view.derive(exported_hosts, vantage.namespace)


def visible_host(view: View, name: SeenHost) -> VisibleHost | None:
    """One host of `visible_hosts` (a rule; without a Sidecar it reads nothing of other hosts)."""
    if name.vantage.sidecar is not None:
        return view.derive(sidecar_host, name)
    return view.derive(exported_host, HostIn(name.vantage.namespace, name.host))


def service_named(view: View, name: SeenHost) -> Service | None:
    """The service that a host means, with the ports that are seen of it (a rule)."""
    found = view.derive(visible_host, name)
    return service_seen(view, found) if found is not None else None


def service_seen(view: View, seen: VisibleHost) -> Service | None:
    """The service of a visible host, with the ports that are seen of it."""
    service = view.derive(service_in, HostIn(seen.service.namespace, seen.host))
    if service is None or seen.ports is None:
        return service
    return replace(service, ports=tuple(port for port in service.ports if port.number in seen.ports))
