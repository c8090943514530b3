"""The HTTP routes of a VirtualService, its names in full and its delegates merged. Pure rules.

Source: istio pilot/pkg/model/virtualservice.go (resolveVirtualServiceShortnames, mergeVirtualServicesIfNeeded).
"""

from __future__ import annotations

from typing import Final

from pipeline.derive import View, transient
from pipeline.model.key import Key
from proxy.naming import resolve_host
from proxy.registry.delegates import merge_delegate
from proxy.registry.export import exported, is_visible, virtual_service_export_default
from proxy.registry.routing_objects import VIRTUAL_SERVICE, routing_object
from proxy.typed import typed_as
from schemas.kinds.virtual_service import HTTPRoute, HTTPRouteDestination, VirtualService
from schemas.types.destination import Destination
from schemas.types.http_match import HTTPMatchRequest

MESH: Final = "mesh"
"""The gateway name that stands for all sidecars."""


@transient
def own_routes(view: View, key: Key) -> tuple[HTTPRoute, ...]:
    """The HTTP routes of one VirtualService with its hosts and gateways in full, delegates unmerged (a rule)."""
    found = routing_object(view, key)
    return tuple(_resolve_route(route, key.namespace) for route in found.spec.http) if found is not None else ()


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


def gateway_in_full(name: str, namespace: str) -> str:
    """A gateway as a VirtualService of that namespace names it: `mesh`, or `namespace/name`."""
    return name if name == MESH or "/" in name else f"{namespace}/{name}"


def _may_delegate(view: View, delegate: Key, namespace: str) -> bool:
    """Whether a VirtualService exists, has no hosts of its own, and is exported to the root's namespace."""
    spec = typed_as(view, delegate, VirtualService)
    if spec is None or spec.hosts:
        return False
    default = view.derive(virtual_service_export_default, None)
    return is_visible(exported(spec.export_to, delegate.namespace, default), namespace)


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
    return match.model_copy(update={"gateways": tuple(gateway_in_full(name, namespace) for name in match.gateways)})
