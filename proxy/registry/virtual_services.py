"""VirtualServices: what places and orders each, and which apply to a host.

Pure rules. They are found through indexes by gateway and by host, never by reading all of them; what an edit of a
route leaves as it was (hosts, gateways, questions to the client) stops the wave here.
Source: istio pilot/pkg/model/push_context.go (initVirtualServices), config.go (sortConfigByCreationTime).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.naming import resolve_host
from proxy.registry.export import exported, is_visible, virtual_service_export_default
from proxy.registry.merged_routes import MESH, gateway_in_full, merged_routes
from proxy.registry.routing_objects import VIRTUAL_SERVICE, made_routings, routing_object
from schemas.hostname import is_wildcard
from schemas.types.http_match import HTTPMatchRequest

__all__ = [
    "MESH",
    "VIRTUAL_SERVICE",
    "Asking",
    "HostOn",
    "OnGateway",
    "RoutingGroup",
    "RoutingHead",
    "Several",
    "candidates",
    "heads_of",
    "patterns_of",
    "routing_groups",
    "routing_head",
    "visible_heads",
]


class RoutingHead(NamedTuple):
    """What orders, places and selects a VirtualService; sorts as its precedence does: the oldest first, then by name.

    `gateways` are `mesh` and `namespace/name`. `labels` are the names of the labels that some `sourceLabels` asks for.
    `asks_gateway` says that some match names gateways, `always` that some HTTP route holds whatever the port, the
    gateway and the client.
    """

    created: str
    name: str
    namespace: str
    hosts: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    export_to: frozenset[str] = frozenset()
    labels: tuple[str, ...] = ()
    asks_namespace: bool = False
    asks_gateway: bool = False
    always: bool = False

    @property
    def key(self) -> Key:
        """The VirtualService's key."""
        return Key(VIRTUAL_SERVICE, self.namespace, self.name)


class OnGateway(NamedTuple):
    """The group of the VirtualServices of a gateway."""

    gateway: str


class HostOn(NamedTuple):
    """The group of the VirtualServices of a host, as written (a wildcard is a host of its own), on a gateway."""

    gateway: str
    host: str


class Asking(NamedTuple):
    """The group of the VirtualServices of a gateway whose routes depend on the client's labels or namespace."""

    gateway: str


class Several(NamedTuple):
    """The group of the VirtualServices of a gateway that have more than one host."""

    gateway: str


RoutingGroup = OnGateway | HostOn | Asking | Several


def routing_head(view: View, key: Key) -> RoutingHead | None:
    """The head of one VirtualService, None where it has no hosts: a delegate (a rule)."""
    found = routing_object(view, key)
    if found is None or not found.spec.hosts:
        return None
    spec = found.spec
    routes = view.derive(merged_routes, key)
    matches = [match for route in routes for match in route.match]
    return RoutingHead(
        created=found.created,
        name=key.name,
        namespace=key.namespace,
        hosts=tuple(dict.fromkeys(resolve_host(host, key.namespace) for host in spec.hosts)),
        gateways=tuple(dict.fromkeys(gateway_in_full(name, key.namespace) for name in spec.gateways)) or (MESH,),
        export_to=exported(spec.export_to, key.namespace, view.derive(virtual_service_export_default, None)),
        labels=tuple(sorted({name for match in matches if not match.gateways for name in match.source_labels})),
        asks_namespace=any(match.source_namespace and not match.gateways for match in matches),
        asks_gateway=any(match.gateways for match in matches),
        always=any(not route.match or any(map(_unconditional, route.match)) for route in routes),
    )


def routing_groups(view: View, key: Key) -> tuple[RoutingGroup, ...]:
    """The groups of the index that one VirtualService is in."""
    head = view.derive(routing_head, key)
    if head is None:
        return ()
    out: list[RoutingGroup] = []
    for gateway in head.gateways:
        out += [OnGateway(gateway), *(HostOn(gateway, host) for host in head.hosts)]
        if head.labels or head.asks_namespace:
            out.append(Asking(gateway))
        if len(head.hosts) > 1:
            out.append(Several(gateway))
    return tuple(out)


def heads_of(view: View, group: RoutingGroup) -> tuple[RoutingHead, ...]:
    """The heads of a group, in order of precedence (a rule)."""
    keys = view.lookup(routing_groups, VIRTUAL_SERVICE, group)
    made = made_routings(view, group.gateway) if isinstance(group, OnGateway) else ()
    found = (view.derive(routing_head, key) for key in (*keys, *made))
    return tuple(sorted(head for head in found if head is not None))


def candidates(view: View, gateway: str, host: str) -> Iterable[tuple[RoutingHead, ...]]:
    """The heads for a host, group by group: those of the host itself, then of wildcards, the longest first."""
    for pattern in patterns_of(host):
        found = view.derive(heads_of, HostOn(gateway, pattern))
        if found:
            yield found


def visible_heads(heads: Iterable[RoutingHead], namespace: str) -> tuple[RoutingHead, ...]:
    """Those that count in a namespace: first its own private ones, then those exported to it, then public ones."""
    found = [head for head in heads if is_visible(head.export_to, namespace)]
    return tuple(sorted(found, key=lambda head: _reach(head, namespace)))


def patterns_of(host: str) -> tuple[str, ...]:
    """The hosts as which a VirtualService may name a host: itself, then each wildcard that covers it."""
    labels = host.removeprefix("*.").split(".") if host != "*" else []
    suffixes = [".".join(labels[start:]) for start in range(0 if is_wildcard(host) else 1, len(labels))]
    return tuple(dict.fromkeys((host, *(f"*.{suffix}" for suffix in suffixes), "*")))


def _reach(head: RoutingHead, namespace: str) -> int:
    if "*" in head.export_to:
        return 2
    return 0 if head.namespace == namespace else 1


def _unconditional(match: HTTPMatchRequest) -> bool:
    return not (match.port or match.gateways or match.source_labels or match.source_namespace)
