"""The virtual hosts of a gateway's route configuration. Pure rules.

A host is one that a server and a VirtualService have in common; all VirtualServices of a host are concatenated in order
of precedence, what takes everything last. Hosts with equal routes become one virtual host. Where there is none at all,
one without routes answers 404.
Source: istio pilot/pkg/networking/core/gateway.go (buildGatewayHTTPRouteConfig, collapseDuplicateRoutes).
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.registry.gateways import GatewayProxy, GatewayServer, hosts_for, servers_of_routes
from proxy.registry.vantage import Vantage
from proxy.registry.virtual_services import OnGateway, RoutingHead, heads_of, visible_heads
from proxy.translate.route_destinations import Inquiry, resolved_otherwise
from proxy.translate.route_domains import domain_of, is_host
from proxy.translate.route_frames import RoutesKey, holds
from proxy.translate.route_site import RouteSite, Source
from proxy.translate.virtual_host import TableEntry, VirtualHostKey, table_member

BLACKHOLE = "blackhole"


class GatewayTable(NamedTuple):
    """A route configuration of a gateway proxy, by its name."""

    vantage: Vantage
    proxy: GatewayProxy
    route: str


class _Content(NamedTuple):
    """What a host of a gateway serves; hosts of equal content are served as one."""

    port: int
    routes: tuple[RoutesKey, ...] = ()
    require_tls: bool = False
    gateways: tuple[Key, ...] = ()

    def joined(self, server: GatewayServer, *routes: RoutesKey) -> _Content:
        """This, and what a server adds to it, each once."""
        return _Content(
            self.port,
            tuple(dict.fromkeys((*self.routes, *routes))),
            self.require_tls or server.redirects_to_https,
            tuple(dict.fromkeys((*self.gateways, server.origin))),
        )


def route_servers(view: View, table: GatewayTable) -> tuple[GatewayServer, ...]:
    """The servers of a table (a rule)."""
    return view.derive(servers_of_routes, table.proxy).get(table.route, ())


def gateway_entries(view: View, table: GatewayTable) -> tuple[TableEntry, ...]:
    """The virtual hosts of a table, by name (a rule)."""
    servers = view.derive(route_servers, table)
    hosts: dict[str, _Content] = {}
    for server in servers:
        _add_routes(view, table, server, hosts)
        if server.redirects_to_https:
            for name in (domain_of(host.name) for host in server.hosts if is_host(host.name)):
                before = hosts.get(name, _Content(server.server.port.number))
                hosts[name] = before.joined(server)
    if hosts:
        return _entries(table.route, hosts)
    return tuple(_blackhole(table.route, server) for server in servers[:1])


def _add_routes(view: View, table: GatewayTable, server: GatewayServer, hosts: dict[str, _Content]) -> None:
    port = server.server.port.number
    heads = view.derive(heads_of, OnGateway(server.gateway_name))
    for head in visible_heads(heads, table.proxy.namespace):
        names = [domain_of(name) for name in hosts_for(server, head.namespace, head.hosts) if is_host(name)]
        routes = _routes(view, table, server, head) if names else None
        if routes is not None:
            for name in names:
                before = hosts.get(name, _Content(port))
                hosts[name] = before.joined(server, routes)


def _routes(view: View, table: GatewayTable, server: GatewayServer, head: RoutingHead) -> RoutesKey | None:
    """The routes of a VirtualService on a server, None where none of them holds there.

    Which of its gateways it is matters only where a match asks for it: else its routes are the same on all of them.
    """
    labels = tuple(pair for pair in table.proxy.labels if pair[0] in head.labels)
    site = RouteSite(
        port=server.server.port.number,
        gateway=server.gateway_name if head.asks_gateway else "",
        source=Source(table.proxy.namespace if head.asks_namespace else "", labels),
        tls=server.server.tls is not None,
    )
    if not head.always and not view.derive(holds, (head.key, site)):
        return None
    inquiry = Inquiry(head.key, table.vantage, site.port, nearby=True)
    return RoutesKey(head.key, site, view.derive(resolved_otherwise, inquiry))


def _entries(route: str, hosts: dict[str, _Content]) -> tuple[TableEntry, ...]:
    alike: dict[_Content, list[str]] = {}
    for host in sorted(hosts):
        alike.setdefault(hosts[host], []).append(host)
    return tuple(
        table_member(
            route,
            f"{names[0]}:{content.port}",
            names[0],
            VirtualHostKey(tuple(names), content.routes, content.require_tls, sources=content.gateways),
        )
        for content, names in alike.items()
    )


def _blackhole(route: str, server: GatewayServer) -> TableEntry:
    name = f"{BLACKHOLE}:{server.server.port.number}"
    return table_member(route, name, name, VirtualHostKey(("*",), sources=(server.origin,)))
