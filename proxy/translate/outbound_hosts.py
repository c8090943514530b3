"""Which hosts a sidecar's route configurations serve, listener by listener. Pure rules.

A route configuration is named by its port; by `host:port` for a service whose protocol is to be found out; by its bind
address for a Unix domain socket; `http_proxy` for the mesh's proxy port. The last two take services on every port, and
so does the port of an egress listener with protocol HTTP_PROXY: their port is 0 here.
Source: istio pilot/pkg/networking/core/httproute.go (BuildSidecarOutboundVirtualHosts), route.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from pipeline.derive import View
from proxy.mesh import mesh
from proxy.registry.egress import EgressListener, egress_listeners
from proxy.registry.merged_routes import MESH
from proxy.registry.seen import service_named, service_seen, visible_hosts
from proxy.registry.service import Protocol, Resolution, Service
from proxy.registry.vantage import SeenHost, Vantage, VisibleHost
from proxy.registry.virtual_services import OnGateway, RoutingHead, Several, heads_of, visible_heads
from proxy.translate.route_domains import is_host
from schemas.hostname import is_wildcard, overlaps

HTTP_PROXY: Final = "http_proxy"
"""The route configuration of the mesh's `proxyHttpPort`, and in upper case the protocol of a port like it."""
EVERYTHING: Final = -1
HTTP_PORT: Final = 80
"""The port of a Host header without one, and the only one on which hosts without a service are served."""


class EgressPlace(NamedTuple):
    """An egress listener at a vantage, by its number among those of the Sidecar; `EVERYTHING` without a Sidecar."""

    vantage: Vantage
    listener: int = EVERYTHING


class HostAt(NamedTuple):
    """A host behind an egress listener."""

    place: EgressPlace
    host: str


class PortAt(NamedTuple):
    """A port of an egress listener."""

    place: EgressPlace
    port: int


class Face(NamedTuple):
    """A host's ports that speak HTTP or may, those of which it is to be found out, and the host that it stands for."""

    host: str
    ports: tuple[int, ...] = ()
    sniffed: tuple[int, ...] = ()
    alias: str = ""


class RoutePlace(NamedTuple):
    """A route configuration of a sidecar: its name, where it is, its port or 0, the one host that it is for."""

    name: str
    place: EgressPlace
    port: int
    only: str = ""


def outbound_routes(view: View, vantage: Vantage) -> tuple[RoutePlace, ...]:
    """The route configurations that sidecars at a vantage may ask for, by name (a rule)."""
    found: dict[str, RoutePlace] = {}
    for place, listener in _places(view, vantage):
        if listener is None or listener.port is None:
            _add_ports(view, place, found)
        elif listener.port.number:
            number = listener.port.number
            port = 0 if listener.port.protocol.lower() == HTTP_PROXY else number
            found.setdefault(str(number), RoutePlace(str(number), place, port))
        elif listener.bind:
            found.setdefault(listener.bind, RoutePlace(listener.bind, place, 0))
    if view.derive(proxy_http_port, None):
        last = _places(view, vantage)[-1][0]
        found.setdefault(HTTP_PROXY, RoutePlace(HTTP_PROXY, last, 0))
    return tuple(found[name] for name in sorted(found))


def proxy_http_port(view: View, _: None) -> int:
    """The mesh's `proxyHttpPort` (a rule of its own, so that other settings touch no route)."""
    return view.derive(mesh, None).proxy_http_port


def http_hosts(view: View, place: EgressPlace) -> dict[int, tuple[str, ...]]:
    """The hosts behind a listener that speak HTTP, or may, by port, each list sorted (a rule)."""
    found: dict[int, list[str]] = {}
    for face in view.derive(faces, place):
        for number in face.ports:
            found.setdefault(number, []).append(face.host)
    return {number: tuple(sorted(hosts)) for number, hosts in sorted(found.items())}


def sniffed_hosts(view: View, place: EgressPlace) -> tuple[tuple[str, int], ...]:
    """The ports behind a listener whose protocol is to be found out, with their hosts (a rule)."""
    return tuple((face.host, number) for face in view.derive(faces, place) for number in face.sniffed)


def faces(view: View, place: EgressPlace) -> tuple[Face, ...]:
    """What routing wants to know of each host behind a listener (a rule)."""
    return tuple(view.derive(_face, seen) for seen in _hosts(view, place))


def service_at(view: View, key: HostAt) -> Service | None:
    """The service that a host behind a listener means; no rule of its own, for there is one for each host already."""
    if key.place.listener == EVERYTHING:
        return view.derive(service_named, SeenHost(key.place.vantage, key.host))
    seen = view.derive(_by_host, key.place).get(key.host)
    return service_seen(view, seen) if seen is not None else None


def aliases(view: View, place: EgressPlace) -> dict[str, tuple[str, ...]]:
    """The ExternalName services behind a listener, by the host that they stand for in the end (a rule)."""
    target = {face.host: face.alias for face in view.derive(faces, place) if face.alias}
    found: dict[str, tuple[str, ...]] = {}
    for host in sorted(target):
        concrete, steps = target[host], 0
        while concrete in target and steps < len(target):
            concrete, steps = target[concrete], steps + 1
        found[concrete] = (*found.get(concrete, ()), host)
    return found


def imported(view: View, place: EgressPlace, heads: Iterable[RoutingHead]) -> tuple[RoutingHead, ...]:
    """Those of the VirtualServices that count behind a listener: exported, and among its hosts."""
    visible = visible_heads(heads, place.vantage.namespace)
    if not visible or place.listener == EVERYTHING:
        return visible
    wanted = dict(view.derive(_wanted, place))
    return tuple(head for head in visible if _takes(wanted, head))


def routed_only(view: View, key: PortAt) -> tuple[str, ...]:
    """The hosts on a port that have routes but no service (a rule).

    On port 80 all there are; elsewhere those that share a VirtualService with a service of the port.
    """
    services = view.derive(http_hosts, key.place).get(key.port, ())
    everywhere = key.port == HTTP_PORT
    group = OnGateway(MESH) if everywhere else Several(MESH)
    found: set[str] = set()
    known = set(services)
    for head in imported(view, key.place, view.derive(heads_of, group)):
        rest = [host for host in head.hosts if not _serves(host, known, services)]
        if everywhere or len(rest) < len(head.hosts):
            found.update(filter(is_host, rest))
    return tuple(sorted(found))


def _face(view: View, seen: VisibleHost) -> Face:
    """The face of a host, for all who see it so (a rule; it stops what does not matter here: addresses, labels)."""
    service = service_seen(view, seen)
    if service is None or not is_host(seen.host):
        return Face(seen.host)
    if service.resolution is Resolution.ALIAS:
        return Face(seen.host, alias=service.alias)
    ports = [port for port in service.ports if port.protocol.is_http or port.protocol is Protocol.AUTO]
    return Face(
        seen.host,
        tuple(port.number for port in ports),
        tuple(port.number for port in ports if port.protocol is Protocol.AUTO),
    )


def _places(view: View, vantage: Vantage) -> list[tuple[EgressPlace, EgressListener | None]]:
    if vantage.sidecar is None:
        return [(EgressPlace(vantage), None)]
    listeners = view.derive(egress_listeners, vantage)
    return [(EgressPlace(vantage, number), listener) for number, listener in enumerate(listeners)]


def _add_ports(view: View, place: EgressPlace, found: dict[str, RoutePlace]) -> None:
    for port in view.derive(http_hosts, place):
        found.setdefault(str(port), RoutePlace(str(port), place, port))
    for host, port in view.derive(sniffed_hosts, place):
        name = f"{host}:{port}"
        found.setdefault(name, RoutePlace(name, place, port, host))


def _hosts(view: View, place: EgressPlace) -> tuple[VisibleHost, ...]:
    if place.listener != EVERYTHING:
        return view.derive(egress_listeners, place.vantage)[place.listener].hosts
    return view.derive(visible_hosts, place.vantage)


def _by_host(view: View, place: EgressPlace) -> dict[str, VisibleHost]:
    """The hosts of a Sidecar's listener (a rule)."""
    return {seen.host: seen for seen in view.derive(egress_listeners, place.vantage)[place.listener].hosts}


def _wanted(view: View, place: EgressPlace) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The patterns of hosts of a Sidecar's listener, by namespace (a rule)."""
    return view.derive(egress_listeners, place.vantage)[place.listener].wanted


def _takes(wanted: Mapping[str, tuple[str, ...]], head: RoutingHead) -> bool:
    patterns = (*wanted.get(head.namespace, ()), *wanted.get("*", ()))
    return any(overlaps(pattern, host) for pattern in patterns for host in head.hosts)


def _serves(host: str, known: set[str], services: tuple[str, ...]) -> bool:
    """Whether a host of a VirtualService stands for some service of the port."""
    return host in known or (is_wildcard(host) and any(overlaps(host, service) for service in services))
