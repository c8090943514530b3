"""Route configurations, in both forms: whole, and as the small constant that takes its virtual hosts one by one.

Pure rules. A table is joined from virtual hosts that are encoded already.
"""

from __future__ import annotations

from typing import NamedTuple

from envoy.config.route.v3.route_pb2 import RouteConfiguration
from google.protobuf.wrappers_pb2 import BoolValue, UInt32Value

from pipeline.derive import View
from proxy.encoded import Encoded, encoded, table_entry
from proxy.ref import Ref
from proxy.registry.gateways import GatewayProxy, servers_of_routes
from proxy.registry.service import Labels
from proxy.registry.vantage import Vantage
from proxy.resource_type import ResourceType
from proxy.scope import ProxyType, Scope
from proxy.translate.gateway_routes import GatewayTable, gateway_entries
from proxy.translate.outbound_hosts import outbound_routes
from proxy.translate.outbound_table import OutboundTable, outbound_entries, questions
from proxy.translate.route_redirect import LARGEST_BODY
from proxy.translate.virtual_host import TableEntry, virtual_host_body

RouteTable = OutboundTable | GatewayTable
"""A route configuration, by all that decides it."""


class SmallRoute(NamedTuple):
    """A route configuration without its virtual hosts."""

    name: str
    ignores_port: bool = True


class SidecarAudience(NamedTuple):
    """Sidecars that get the same routes; `labels` are those of theirs that some `sourceLabels` asks for."""

    vantage: Vantage
    dns_domain: str
    labels: Labels = ()


class GatewayAudience(NamedTuple):
    """Gateway proxies that get the same routes."""

    vantage: Vantage
    proxy: GatewayProxy


Audience = SidecarAudience | GatewayAudience
"""Proxies that get the same routes, so that lists of them are made once for many scopes."""


def route_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """The whole route configurations of a scope, by name."""
    return view.derive(whole_refs, audience_of(view, scope))


def vhds_route_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """The route configurations of a scope that take their virtual hosts one by one, by name."""
    return view.derive(small_refs, audience_of(view, scope))


def audience_of(view: View, scope: Scope) -> Audience:
    """With whom a scope shares its routes."""
    if scope.type is ProxyType.ROUTER:
        return GatewayAudience(scope.vantage, GatewayProxy(scope.namespace, scope.labels))
    asked = view.derive(asked_labels, scope.vantage)
    labels = tuple(pair for pair in scope.labels if pair[0] in asked) if asked else ()
    return SidecarAudience(scope.vantage, scope.dns_domain, labels)


def asked_labels(view: View, vantage: Vantage) -> frozenset[str]:
    """The labels that routes ask for of clients at a vantage (a rule)."""
    places = {route.place for route in view.derive(outbound_routes, vantage)}
    return frozenset(label for place in places for label in view.derive(questions, place).labels)


def tables(view: View, audience: Audience) -> tuple[RouteTable, ...]:
    """The route configurations of an audience, by name (a rule)."""
    if isinstance(audience, GatewayAudience):
        routes = view.derive(servers_of_routes, audience.proxy)
        return tuple(GatewayTable(audience.vantage, audience.proxy, name) for name in sorted(routes))
    return tuple(
        OutboundTable(route, audience.dns_domain, audience.labels)
        for route in view.derive(outbound_routes, audience.vantage)
    )


def whole_refs(view: View, audience: Audience) -> tuple[Ref, ...]:
    """The whole route configurations of an audience, by name (a rule)."""
    return tuple(Ref(route_name(table), whole_table, table) for table in view.derive(tables, audience))


def small_refs(view: View, audience: Audience) -> tuple[Ref, ...]:
    """The small route configurations of an audience, by name (a rule)."""
    routes = (SmallRoute(route_name(table), ignores_port(table)) for table in view.derive(tables, audience))
    return tuple(Ref(route.name, small_table, route) for route in routes)


def route_name(table: RouteTable) -> str:
    """The name of a route configuration."""
    return table.route.name if isinstance(table, OutboundTable) else table.route


def ignores_port(table: RouteTable) -> bool:
    """Whether the port in a request's Host counts not; it does where services of every port are served."""
    return not isinstance(table, OutboundTable) or bool(table.route.port)


def entries_of(view: View, table: RouteTable) -> tuple[TableEntry, ...]:
    """The virtual hosts of a route configuration, by name."""
    if isinstance(table, OutboundTable):
        return view.derive(outbound_entries, table)
    return view.derive(gateway_entries, table)


def whole_table(view: View, table: RouteTable) -> Encoded:
    """A route configuration with its virtual hosts inside (a rule)."""
    head = _head(route_name(table), ignores_port=ignores_port(table))
    hosts = (table_entry(entry.name, view.derive(virtual_host_body, entry.host)) for entry in entries_of(view, table))
    body = b"".join((head.SerializeToString(deterministic=True), *hosts))
    return encoded(ResourceType.ROUTE_TABLE, route_name(table), body)


def small_table(_: View, route: SmallRoute) -> Encoded:
    """A route configuration that takes its virtual hosts from this server, one by one (a rule)."""
    head = _head(route.name, ignores_port=route.ignores_port)
    source = head.vhds.config_source
    source.ads.SetInParent()
    source.resource_api_version = 2
    return encoded(ResourceType.ROUTE, route.name, head.SerializeToString(deterministic=True))


def _head(name: str, *, ignores_port: bool) -> RouteConfiguration:
    return RouteConfiguration(
        name=name,
        validate_clusters=BoolValue(value=False),
        max_direct_response_body_size_bytes=UInt32Value(value=LARGEST_BODY),
        ignore_port_in_host_matching=ignores_port,
    )
