"""Which services are seen from a vantage, and which of several with one host is meant. Pure rules.

One host means one service from each vantage: that of the source that the precedence of the host names first, else that
of its own namespace, else a Kubernetes Service, else the oldest.
Source: istio pilot/pkg/model/sidecar.go (DefaultSidecarScopeForNamespace, appendSidecarServices).
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.derive import View
from pipeline.stages.host_strength import host_strength
from proxy.registry.export import is_visible
from proxy.registry.service import Service
from proxy.registry.services import HostIn, namespace_services, namespaces_of, service_in, service_namespaces
from proxy.registry.vantage import VisibleHost


def preferred(view: View, services: Iterable[Service], namespace: str) -> Service | None:
    """The service that is meant in a namespace, of several that it sees under one host."""
    found = list(services)
    if len(found) <= 1:
        return found[0] if found else None
    return min(found, key=lambda one: (host_strength(view, one.key, one.host), *_rank(one, namespace)))


def _rank(service: Service, namespace: str) -> tuple[bool, bool, str, str, str]:
    return (
        service.namespace != namespace,
        not service.kubernetes,
        service.created,
        service.key.name,
        service.namespace,
    )


def exported_hosts(view: View, namespace: str) -> tuple[VisibleHost, ...]:
    """All hosts that are exported to a namespace, by host (a rule)."""
    found: dict[str, list[Service]] = {}
    for other in view.derive(service_namespaces, None):
        for service in view.derive(namespace_services, other):
            if is_visible(service.export_to, namespace):
                found.setdefault(service.host, []).append(service)
    chosen = ((host, preferred(view, services, namespace)) for host, services in sorted(found.items()))
    return tuple(VisibleHost(host, service.key) for host, service in chosen if service is not None)


def exported_host(view: View, name: HostIn) -> VisibleHost | None:
    """One host as a namespace sees it without a Sidecar (a rule; reads nothing of other hosts)."""
    found = (view.derive(service_in, HostIn(other, name.host)) for other in view.derive(namespaces_of, name.host))
    visible = (service for service in found if service is not None and is_visible(service.export_to, name.namespace))
    service = preferred(view, visible, name.namespace)
    return VisibleHost(name.host, service.key) if service is not None else None
