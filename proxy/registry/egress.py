"""The egress listeners of a Sidecar, and the services behind each of them. Pure rules.

Hosts are `namespace/dnsName`; the namespace may be `.` (the workload's own), `*` (any), `~` (none). A service that a
listener with a port takes is limited to that port, and stays so for the listeners after it.
Source: istio pilot/pkg/model/sidecar.go (ConvertToSidecarScope, selectServices).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pipeline.derive import View
from proxy.registry.export import is_visible
from proxy.registry.service import Service
from proxy.registry.services import HostIn, namespace_services, namespaces_of, service_in, service_namespaces
from proxy.registry.vantage import SeenHost, Vantage, VisibleHost
from proxy.registry.visibility import preferred
from proxy.registry.vs_heads import VirtualServiceHead, mesh_virtual_services
from proxy.typed import typed_as
from schemas.hostname import covers, overlaps
from schemas.kinds.sidecar import IstioEgressListener, Sidecar
from schemas.types.port import SidecarPort

_Wanted = Mapping[str, tuple[str, ...]]
"""Patterns of hosts by namespace, `*` being every namespace."""


class EgressListener(NamedTuple):
    """One egress listener: what it binds to (`port` None: the services' own ports), and the hosts it serves, sorted."""

    port: SidecarPort | None
    bind: str
    capture_mode: str
    hosts: tuple[VisibleHost, ...]
    wanted: tuple[tuple[str, tuple[str, ...]], ...]

    def takes(self, namespace: str, host: str) -> bool:
        """Whether the listener's `hosts` name some of that host of that namespace."""
        return _takes(dict(self.wanted), namespace, host)


def egress_listeners(view: View, vantage: Vantage) -> tuple[EgressListener, ...]:
    """The egress listeners at a vantage with a Sidecar, in its order; one for everything where it has none (a rule)."""
    assert vantage.sidecar is not None
    spec = typed_as(view, vantage.sidecar, Sidecar)
    listeners = spec.egress if spec is not None else ()
    everything = IstioEgressListener(hosts=("*/*",))
    return tuple(_listener(view, vantage, listener) for listener in listeners or (everything,))


def sidecar_hosts(view: View, vantage: Vantage) -> tuple[VisibleHost, ...]:
    """All hosts that a vantage with a Sidecar sees, by host: those it lists, then those its routes lead to (a rule)."""
    found: dict[str, VisibleHost] = {}
    locked: set[str] = set()
    for listener in view.derive(egress_listeners, vantage):
        for item in listener.hosts:
            _add(found, item, locked)
        locked.update(item.host for item in listener.hosts if item.ports is not None)
    for name, ports in _implied(view, vantage).items():
        if name not in found and (service := _best(view, vantage.namespace, name)) is not None:
            found[name] = VisibleHost(name, service.key, _ports_of(service, ports), vantage.allocated)
    return tuple(found[host] for host in sorted(found))


def sidecar_host(view: View, name: SeenHost) -> VisibleHost | None:
    """One host as a vantage with a Sidecar sees it (a rule)."""
    return view.derive(_by_host, name.vantage).get(name.host)


def _by_host(view: View, vantage: Vantage) -> Mapping[str, VisibleHost]:
    return {item.host: item for item in view.derive(sidecar_hosts, vantage)}


def _add(found: dict[str, VisibleHost], item: VisibleHost, locked: set[str]) -> None:
    """Take a host in, or the ports that its service did not have yet."""
    before = found.get(item.host)
    if before is None:
        found[item.host] = item
    elif before.service.namespace == item.service.namespace and before.ports is not None:
        if item.ports is not None:
            found[item.host] = before._replace(ports=tuple(sorted({*before.ports, *item.ports})))
        elif item.host not in locked:
            found[item.host] = before._replace(ports=None)


def _listener(view: View, vantage: Vantage, listener: IstioEgressListener) -> EgressListener:
    wanted = _wanted(listener.hosts, vantage.namespace)
    number = listener.port.number if listener.port is not None else 0
    hosts = _select(view, vantage, wanted, number)
    return EgressListener(listener.port, listener.bind, listener.capture_mode, hosts, tuple(sorted(wanted.items())))


def _wanted(hosts: tuple[str, ...], own: str) -> _Wanted:
    wanted: dict[str, tuple[str, ...]] = {}
    for text in hosts:
        namespace, slash, host = text.partition("/")
        if not slash or namespace == "~":
            continue
        namespace = own if namespace == "." else namespace
        wanted[namespace] = (*wanted.get(namespace, ()), host.lower())
    return wanted


def _takes(wanted: _Wanted, namespace: str, host: str) -> bool:
    return any(covers(pattern, host) for pattern in (*wanted.get(namespace, ()), *wanted.get("*", ())))


def _select(view: View, vantage: Vantage, wanted: _Wanted, number: int) -> tuple[VisibleHost, ...]:
    """The visible services that are wanted, one a host, limited to the port of that number unless it is 0."""
    own, ports = vantage.namespace, (number,) if number else None
    found: dict[str, list[Service]] = {}
    namespaces = view.derive(service_namespaces, None) if "*" in wanted else tuple(sorted(wanted))
    for namespace in namespaces:
        for service in view.derive(namespace_services, namespace):
            if (
                is_visible(service.export_to, own)
                and _takes(wanted, namespace, service.host)
                and (not number or service.port(number) is not None)
            ):
                found.setdefault(service.host, []).append(service)
    chosen = ((host, preferred(view, services, own)) for host, services in sorted(found.items()))
    return tuple(VisibleHost(host, service.key, ports, vantage.allocated) for host, service in chosen if service)


def _implied(view: View, vantage: Vantage) -> dict[str, frozenset[int]]:
    """The destinations of the VirtualServices that the listeners take in; no ports means all of them."""
    found: dict[str, frozenset[int]] = {}
    listeners = view.derive(egress_listeners, vantage)
    for head in view.derive(mesh_virtual_services, None):
        if is_visible(head.export_to, vantage.namespace) and any(_imports(item, head) for item in listeners):
            for host, ports in head.destinations:
                before = found.get(host)
                found[host] = ports if before is None else before | ports if before and ports else frozenset()
    return found


def _imports(listener: EgressListener, head: VirtualServiceHead) -> bool:
    wanted = dict(listener.wanted)
    patterns = (*wanted.get(head.key.namespace, ()), *wanted.get("*", ()))
    return any(overlaps(pattern, host) for pattern in patterns for host in head.hosts)


def _best(view: View, own: str, host: str) -> Service | None:
    names = view.derive(namespaces_of, host)
    found = (view.derive(service_in, HostIn(namespace, host)) for namespace in names)
    return preferred(view, [item for item in found if item is not None and is_visible(item.export_to, own)], own)


def _ports_of(service: Service, ports: frozenset[int]) -> tuple[int, ...] | None:
    """The ports that routes name, None where they name none, or one that the service does not have."""
    known = tuple(sorted(number for number in ports if service.port(number) is not None))
    return known or None
