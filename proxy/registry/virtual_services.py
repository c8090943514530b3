"""VirtualServices: what each says once its names are resolved and its delegates merged, and which apply to a host.

Pure rules. They are found through indexes by gateway and by host, never by reading all of them; what an edit of a
route leaves as it was (hosts, gateways, questions to the client) stops the wave here.
Source: istio pilot/pkg/model/push_context.go (initVirtualServices), config.go (sortConfigByCreationTime).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.naming import resolve_host
from proxy.registry.delegates import merge_delegate
from proxy.registry.export import exported, is_visible, virtual_service_export_default
from proxy.registry.hostname import is_wildcard
from proxy.typed import typed_as
from schemas.kinds.virtual_service import HTTPRoute, HTTPRouteDestination, VirtualService
from schemas.types.destination import Destination
from schemas.types.http_match import HTTPMatchRequest

MESH: Final = "mesh"
"""The gateway name that stands for all sidecars."""
VIRTUAL_SERVICE: Final = "VirtualService"


class RoutingHead(NamedTuple):
    """What orders, places and selects a VirtualService; sorts as its precedence does: the oldest first, then by name.

    `gateways` are `mesh` and `namespace/name`. `labels` are the names of the labels that some `sourceLabels` asks for.
    `always` says that some HTTP route holds whatever the port, the gateway and the client.
    """

    created: str
    name: str
    namespace: str
    hosts: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    export_to: frozenset[str] = frozenset()
    labels: tuple[str, ...] = ()
    asks_namespace: bool = False
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


def own_routes(view: View, key: Key) -> tuple[HTTPRoute, ...]:
    """The HTTP routes of one VirtualService with its hosts and gateways in full, delegates unmerged (a rule)."""
    spec = typed_as(view, key, VirtualService)
    return tuple(_resolve_route(route, key.namespace) for route in spec.http) if spec is not None else ()


def merged_routes(view: View, key: Key) -> tuple[HTTPRoute, ...]:
    """The HTTP routes of one VirtualService, those of its delegates in their places (a rule)."""
    out: list[HTTPRoute] = []
    for route in view.derive(own_routes, key):
        if route.delegate is None:
            out.append(route)
        else:
            delegate = Key(VIRTUAL_SERVICE, route.delegate.namespace or key.namespace, route.delegate.name)
            if _may_delegate(view, delegate, key.namespace):
                out.extend(merge_delegate(route, view.derive(own_routes, delegate)))
    return tuple(out)


def routing_head(view: View, key: Key) -> RoutingHead | None:
    """The head of one VirtualService, None where it has no hosts: a delegate (a rule)."""
    resource = view.get(key)
    spec = typed_as(view, key, VirtualService)
    if resource is None or spec is None or not spec.hosts:
        return None
    routes = view.derive(merged_routes, key)
    matches = [match for route in routes for match in route.match]
    return RoutingHead(
        created=resource.created,
        name=key.name,
        namespace=key.namespace,
        hosts=tuple(dict.fromkeys(resolve_host(host, key.namespace) for host in spec.hosts)),
        gateways=tuple(dict.fromkeys(_gateway(name, key.namespace) for name in spec.gateways)) or (MESH,),
        export_to=exported(spec.export_to, key.namespace, view.derive(virtual_service_export_default, None)),
        labels=tuple(sorted({name for match in matches if not match.gateways for name in match.source_labels})),
        asks_namespace=any(match.source_namespace and not match.gateways for match in matches),
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
    found = (view.derive(routing_head, key) for key in view.lookup(routing_groups, VIRTUAL_SERVICE, group))
    return tuple(sorted(head for head in found if head is not None))


def candidates(view: View, gateway: str, host: str) -> Iterable[tuple[RoutingHead, ...]]:
    """The heads for a host, group by group: those of the host itself, then of wildcards, the longest first."""
    for pattern in patterns_of(host):
        found = view.derive(heads_of, HostOn(gateway, pattern))
        if found:
            yield found


def visible_heads(heads: Iterable[RoutingHead], namespace: str) -> tuple[RoutingHead, ...]:
    """Those that are exported to a namespace."""
    return tuple(head for head in heads if is_visible(head.export_to, namespace))


def patterns_of(host: str) -> tuple[str, ...]:
    """The hosts as which a VirtualService may name a host: itself, then each wildcard that covers it."""
    labels = host.removeprefix("*.").split(".") if host != "*" else []
    suffixes = [".".join(labels[start:]) for start in range(0 if is_wildcard(host) else 1, len(labels))]
    return tuple(dict.fromkeys((host, *(f"*.{suffix}" for suffix in suffixes), "*")))


def _may_delegate(view: View, delegate: Key, namespace: str) -> bool:
    """Whether a VirtualService exists, has no hosts of its own, and is exported to the root's namespace."""
    spec = typed_as(view, delegate, VirtualService)
    if spec is None or spec.hosts:
        return False
    default = view.derive(virtual_service_export_default, None)
    return is_visible(exported(spec.export_to, delegate.namespace, default), namespace)


def _unconditional(match: HTTPMatchRequest) -> bool:
    return not (match.port or match.gateways or match.source_labels or match.source_namespace)


def _gateway(name: str, namespace: str) -> str:
    return name if name == MESH or "/" in name else f"{namespace}/{name}"


def _resolve_route(route: HTTPRoute, namespace: str) -> HTTPRoute:
    changes: dict[str, object] = {}
    if route.route:
        changes["route"] = tuple(_resolve_weighted(item, namespace) for item in route.route)
    if route.mirror is not None:
        changes["mirror"] = _resolve(route.mirror, namespace)
    if route.mirrors:
        changes["mirrors"] = tuple(
            item.model_copy(update={"destination": _resolve(item.destination, namespace)}) for item in route.mirrors
        )
    if any(match.gateways for match in route.match):
        changes["match"] = tuple(_resolve_match(match, namespace) for match in route.match)
    return route.model_copy(update=changes) if changes else route


def _resolve_weighted(item: HTTPRouteDestination, namespace: str) -> HTTPRouteDestination:
    resolved = _resolve(item.destination, namespace)
    return item if resolved is item.destination else item.model_copy(update={"destination": resolved})


def _resolve(destination: Destination, namespace: str) -> Destination:
    host = resolve_host(destination.host, namespace)
    return destination if host == destination.host else destination.model_copy(update={"host": host})


def _resolve_match(match: HTTPMatchRequest, namespace: str) -> HTTPMatchRequest:
    if not match.gateways:
        return match
    return match.model_copy(update={"gateways": tuple(_gateway(name, namespace) for name in match.gateways)})
