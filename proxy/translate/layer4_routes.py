"""TLS and TCP routes of VirtualServices: which apply on a gateway or in the mesh, and what they say. Pure rules.

Found through an index of those that have such routes at all, so that VirtualServices of HTTP touch no listener.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.naming import outbound_cluster, resolve_host
from proxy.registry.export import is_visible
from proxy.registry.seen import service_named
from proxy.registry.service import Labels
from proxy.registry.vantage import SeenHost, Vantage
from proxy.registry.virtual_services import MESH, VIRTUAL_SERVICE, routing_head
from proxy.translate.tcp_proxy import TcpTarget
from proxy.typed import typed_as
from schemas.kinds.virtual_service import (
    L4MatchAttributes,
    RouteDestination,
    TCPRoute,
    TLSMatchAttributes,
    TLSRoute,
    VirtualService,
)

_R = TypeVar("_R", TLSRoute, TCPRoute)


class Layer4On(NamedTuple):
    """The group of the VirtualServices of a gateway that have TLS or TCP routes."""

    gateway: str


class Layer4Head(NamedTuple):
    """What orders and selects a VirtualService with such routes; sorts as its precedence does."""

    created: str
    name: str
    namespace: str
    hosts: tuple[str, ...]
    export_to: frozenset[str]
    labels: tuple[str, ...]

    @property
    def key(self) -> Key:
        """The VirtualService's key."""
        return Key(VIRTUAL_SERVICE, self.namespace, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer4Routes:
    """The TLS and TCP routes of one VirtualService, names in full."""

    tls: tuple[TLSRoute, ...] = ()
    tcp: tuple[TCPRoute, ...] = ()
    gateways: tuple[str, ...] = ()


class Site(NamedTuple):
    """Where routes are used: a gateway or `mesh`, the listener's port, the client's namespace and labels."""

    gateway: str
    port: int
    namespace: str
    labels: Labels = ()

    def takes(self, match: TLSMatchAttributes | L4MatchAttributes, gateways: Sequence[str]) -> bool:
        """Whether what is known of a client before it comes is what the match wants."""
        return (
            self.gateway in (match.gateways or gateways)
            and match.port in (0, self.port)
            and match.source_namespace in ("", self.namespace)
            and match.source_labels.items() <= dict(self.labels).items()
        )


class Destinations(NamedTuple):
    """Destinations of a route, as seen from a vantage, on a listener's port."""

    vantage: Vantage
    port: int


def layer4_routes(view: View, key: Key) -> Layer4Routes:
    """The routes of one VirtualService (a rule)."""
    spec = typed_as(view, key, VirtualService)
    if spec is None:
        return Layer4Routes()
    return Layer4Routes(
        tls=tuple(_resolve(route, key.namespace) for route in spec.tls),
        tcp=tuple(_resolve(route, key.namespace) for route in spec.tcp),
        gateways=tuple(_gateway(name, key.namespace) for name in spec.gateways) or (MESH,),
    )


def layer4_groups(view: View, key: Key) -> tuple[Layer4On, ...]:
    """The groups of the index that one VirtualService is in."""
    routes = view.derive(layer4_routes, key)
    return tuple(map(Layer4On, dict.fromkeys(routes.gateways))) if routes.tls or routes.tcp else ()


def layer4_heads(view: View, gateway: str) -> tuple[Layer4Head, ...]:
    """The heads of the VirtualServices of a gateway, in order of precedence (a rule)."""
    found = (view.derive(_head, key) for key in view.lookup(layer4_groups, VIRTUAL_SERVICE, Layer4On(gateway)))
    return tuple(sorted(head for head in found if head is not None))


def visible_layer4(view: View, gateway: str, namespace: str) -> tuple[Layer4Head, ...]:
    """Those that are exported to a namespace."""
    return tuple(head for head in view.derive(layer4_heads, gateway) if is_visible(head.export_to, namespace))


def asked_labels(view: View, gateway: str) -> tuple[str, ...]:
    """The names of the client's labels that some such route asks for (a rule; most often none)."""
    return tuple(sorted({name for head in view.derive(layer4_heads, gateway) for name in head.labels}))


def tcp_targets(view: View, routes: Sequence[RouteDestination], at: Destinations) -> tuple[TcpTarget, ...]:
    """The clusters of a route's destinations."""
    return tuple(TcpTarget(_cluster(view, item, at), item.weight) for item in routes)


def _cluster(view: View, item: RouteDestination, at: Destinations) -> str:
    """The cluster of a destination: on its own port, its service's only one, or the listener's."""
    destination = item.destination
    service = view.derive(service_named, SeenHost(at.vantage, destination.host))
    host = service.alias if service is not None and service.alias else destination.host
    only = service.ports[0].number if service is not None and len(service.ports) == 1 else 0
    port = destination.port.number if destination.port is not None else 0
    return outbound_cluster(port or only or at.port, destination.subset, host)


def _head(view: View, key: Key) -> Layer4Head | None:
    head = view.derive(routing_head, key)
    if head is None:
        return None
    labels = view.derive(_labels, key)
    return Layer4Head(head.created, head.name, head.namespace, head.hosts, head.export_to, labels)


def _labels(view: View, key: Key) -> tuple[str, ...]:
    routes = view.derive(layer4_routes, key)
    asked: list[Mapping[str, str]] = [match.source_labels for tls in routes.tls for match in tls.match]
    asked += [match.source_labels for tcp in routes.tcp for match in tcp.match]
    return tuple(sorted({name for labels in asked for name in labels}))


def _resolve(route: _R, namespace: str) -> _R:
    destinations = tuple(
        item.model_copy(
            update={
                "destination": item.destination.model_copy(
                    update={"host": resolve_host(item.destination.host, namespace)}
                )
            }
        )
        for item in route.route
    )
    matches = tuple(
        match.model_copy(update={"gateways": tuple(_gateway(name, namespace) for name in match.gateways)})
        for match in route.match
    )
    return route.model_copy(update={"route": destinations, "match": matches})


def _gateway(name: str, namespace: str) -> str:
    return name if name == MESH or "/" in name else f"{namespace}/{name}"
