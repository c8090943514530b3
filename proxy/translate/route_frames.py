"""Encoded routes: those of a VirtualService at a site, and that of a service without one. Pure rules.

They are encoded as fields of a VirtualHost, so that virtual hosts are joined from them without encoding again, and one
encoding serves every host and every proxy that has the same routes.
"""

from __future__ import annotations

from typing import NamedTuple

from envoy.config.route.v3.route_components_pb2 import Route

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.mesh import mesh
from proxy.naming import outbound_cluster
from proxy.registry.merged_routes import merged_routes
from proxy.registry.route_semantics import Semantics
from proxy.registry.routing_objects import routing_object
from proxy.translate.route_action import forward_plainly
from proxy.translate.route_destinations import resolved_at_home
from proxy.translate.route_list import RouteMaker
from proxy.translate.route_match import holds_here, is_catch_all, route_match
from proxy.translate.route_metadata import operation
from proxy.translate.route_site import Resolved, RouteSite
from proxy.wire import frame
from schemas.types.http_retry import HTTPRetry

_ROUTES = 3  # VirtualHost.routes
_DEFAULT = "default"


class RoutesKey(NamedTuple):
    """The routes of a VirtualService at a site; `resolved` are the destinations that differ from those at home."""

    virtual_service: Key
    site: RouteSite
    resolved: tuple[Resolved, ...] = ()


class PlainKey(NamedTuple):
    """The one route of a service's port that nobody has written a VirtualService for."""

    host: str
    port: int
    hash_policy: bytes = b""


class RouteFrames(NamedTuple):
    """Routes as fields of a virtual host: those with conditions, and those that take everything, which come last."""

    specific: bytes = b""
    catch_all: bytes = b""


def default_retries(view: View, _: None) -> HTTPRetry | None:
    """The mesh's `defaultHttpRetryPolicy` (a rule of its own, so that other settings touch no route)."""
    return view.derive(mesh, None).default_http_retry_policy


def semantics(view: View, key: Key) -> Semantics:
    """Whose rules a VirtualService follows (a rule)."""
    found = routing_object(view, key)
    return found.semantics if found is not None else Semantics.ISTIO


def holds(view: View, key: tuple[Key, RouteSite]) -> bool:
    """Whether any route of a VirtualService holds at a site (a rule)."""
    name, site = key
    routes = view.derive(merged_routes, name)
    return any(not route.match or any(holds_here(match, site) for match in route.match) for route in routes)


def routes_at(view: View, key: RoutesKey) -> RouteFrames:
    """The routes of a VirtualService at a site (a rule)."""
    targets = view.derive(resolved_at_home, (key.virtual_service, key.site.port))
    maker = RouteMaker(
        key=key.virtual_service,
        site=key.site,
        targets={**targets, **{resolved.target: resolved for resolved in key.resolved}} if key.resolved else targets,
        semantics=view.derive(semantics, key.virtual_service),
        retries=view.derive(default_retries, None),
    )
    specific: list[bytes] = []
    catch_all: list[bytes] = []
    for route in maker.routes(view.derive(merged_routes, key.virtual_service)):
        (catch_all if is_catch_all(route.match) else specific).append(_frame(route))
    return RouteFrames(b"".join(specific), b"".join(catch_all))


def plain_route(view: View, key: PlainKey) -> RouteFrames:
    """The route to a service as a whole (a rule)."""
    cluster = outbound_cluster(key.port, "", key.host)
    out = Route(name=_DEFAULT, match=route_match(None, Semantics.ISTIO))
    out.decorator.operation = operation(out.match, cluster, "")
    forward_plainly(out, cluster, key.hash_policy, view.derive(default_retries, None))
    return RouteFrames(catch_all=_frame(out))


def _frame(route: Route) -> bytes:
    return frame(_ROUTES, route.SerializeToString(deterministic=True))
