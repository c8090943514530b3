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


def route_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """The whole route configurations of a scope, by name."""
    return tuple(Ref(route_name(table), whole_table, table) for table in tables_of(view, scope))


def vhds_route_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """The route configurations of a scope that take their virtual hosts one by one, by name."""
    return tuple(
        Ref(route_name(table), small_table, SmallRoute(route_name(table), ignores_port(table)))
        for table in tables_of(view, scope)
    )


def tables_of(view: View, scope: Scope) -> tuple[RouteTable, ...]:
    """The route configurations of a scope, by name."""
    if scope.type is ProxyType.ROUTER:
        proxy = GatewayProxy(scope.namespace, scope.labels)
        routes = view.derive(servers_of_routes, proxy)
        return tuple(GatewayTable(scope.vantage, proxy, name) for name in sorted(routes))
    tables = []
    for route in view.derive(outbound_routes, scope.vantage):
        asked = view.derive(questions, route.place).labels
        labels = tuple(pair for pair in scope.labels if pair[0] in asked) if asked else ()
        tables.append(OutboundTable(route, scope.dns_domain, labels))
    return tuple(tables)


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
