"""What a gateway proxy does with the connections of one port: its filter chains, server by server. Pure.

Plain HTTP servers share one route configuration. A server that ends HTTPS has a chain for its hosts, with routes of its
own; one that lets TLS pass has a chain for each `tls` match of a VirtualService; TCP goes where the first `tcp` route
says; AUTO_PASSTHROUGH forwards by the server name of Istio's mutual TLS.
Source: istio pilot/pkg/networking/core/gateway.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pipeline.derive import View
from proxy.naming import sni_cluster
from proxy.registry.gateways import GatewayProxy, GatewayServer, MergedPort, ServerKind, hosts_for
from proxy.registry.protocols import parse_protocol
from proxy.registry.seen import service_seen, visible_hosts
from proxy.registry.service import Protocol, Resolution
from proxy.registry.vantage import Vantage
from proxy.translate.access_log import http_access_logs, tcp_access_logs
from proxy.translate.cluster_join import Outbound, outbound_refs
from proxy.translate.cluster_outbound import ClusterKey
from proxy.translate.downstream_tls import HTTP_PROTOCOLS, server_socket
from proxy.translate.filter_chains import TLS, Chain, Match, server_names
from proxy.translate.http_connection_manager import ConnectionManager, connection_manager
from proxy.translate.layer4_routes import (
    Destinations,
    Layer4Head,
    Site,
    layer4_routes,
    tcp_targets,
    visible_layer4,
)
from proxy.translate.listener_settings import listener_settings
from proxy.translate.tcp_proxy import TcpTarget, tcp_proxy
from schemas.hostname import covers
from schemas.kinds.virtual_service import RouteDestination

MESH_WORDS: Final = ("istio-peer-exchange", "istio", "istio-http/1.0", "istio-http/1.1", "istio-h2")
"""The application protocols of Istio's mutual TLS."""


class GatewayPort(NamedTuple):
    """A port of the gateway proxies that have these merged Gateways; `agent` says that Istio's agent is beside them."""

    proxy: GatewayProxy
    vantage: Vantage
    port: int
    bind: str
    agent: bool = False


def gateway_chains(view: View, at: GatewayPort, merged: MergedPort, stat_prefix: str) -> tuple[Chain, ...]:
    """The filter chains of a port, none where nothing is served there."""
    if merged.kind is ServerKind.HTTP:
        web = any(parse_protocol(item.server.port.protocol) is Protocol.GRPC_WEB for item in merged.servers)
        return (Chain(filters=(_manager(view, at, merged.servers[0].route, stat_prefix, web=web),)),)
    return tuple(chain for server in merged.servers for chain in _server_chains(view, at, server, stat_prefix))


def resolves_hosts(view: View, vantage: Vantage) -> bool:
    """Whether some visible host is resolved when it is asked for (a rule; most often not)."""
    services = (service_seen(view, seen) for seen in view.derive(visible_hosts, vantage))
    return any(service is not None and service.resolution is Resolution.DYNAMIC_DNS for service in services)


def _server_chains(view: View, at: GatewayPort, server: GatewayServer, stat_prefix: str) -> Iterator[Chain]:
    if server.terminates_tls:
        yield from _terminated(view, at, server, stat_prefix)
    elif server.kind is ServerKind.TCP:
        filters = _tcp_filters(view, at, server)
        if filters:
            yield Chain(filters=filters)
    elif server.server.tls is not None and server.server.tls.mode == "AUTO_PASSTHROUGH":
        yield from _by_server_name(view, at, server)
    else:
        yield from _passed_through(view, at, server)


def _terminated(view: View, at: GatewayPort, server: GatewayServer, stat_prefix: str) -> Iterator[Chain]:
    tls = server.server.tls
    assert tls is not None
    socket = server_socket(tls, HTTP_PROTOCOLS if server.route else (), agent=at.agent)
    if server.route:
        filters: tuple[Any, ...] = (_manager(view, at, server.route, stat_prefix, web=False),)
    else:
        filters = _tcp_filters(view, at, server)
    if socket is not None and filters:
        yield Chain(filters=filters, match=Match(names=_names(server), transport=TLS), socket=socket)


def _names(server: GatewayServer) -> tuple[str, ...]:
    return server_names(host.name for host in server.hosts)


def _manager(view: View, at: GatewayPort, route: str, stat_prefix: str, *, web: bool) -> Any:  # noqa: ANN401  untyped messages
    return connection_manager(
        ConnectionManager(
            route=route,
            stat_prefix=stat_prefix,
            settings=view.derive(listener_settings, None),
            logs=view.derive(http_access_logs, at.vantage),
            edge=True,
            grpc_web=web,
            dynamic=view.derive(resolves_hosts, at.vantage),
        )
    )


def _tcp_filters(view: View, at: GatewayPort, server: GatewayServer) -> tuple[Any, ...]:
    """The first TCP route that takes the port."""
    site = _site(at, server)
    for head in _heads(view, at, server):
        routes = view.derive(layer4_routes, head.key)
        for route in routes.tcp:
            if not route.match or any(site.takes(match, routes.gateways) for match in route.match):
                return (_forward(view, at, server, head, route.route),)
    return ()


def _passed_through(view: View, at: GatewayPort, server: GatewayServer) -> Iterator[Chain]:
    site = _site(at, server)
    for head in _heads(view, at, server):
        routes = view.derive(layer4_routes, head.key)
        for route in routes.tls:
            for match in route.match:
                if site.takes(match, routes.gateways):
                    wanted = Match(names=server_names(match.sni_hosts), ranges=match.destination_subnets, transport=TLS)
                    yield Chain(filters=(_forward(view, at, server, head, route.route),), match=wanted)


def _by_server_name(view: View, at: GatewayPort, server: GatewayServer) -> Iterator[Chain]:
    """A chain for every cluster of a service that the server's hosts cover."""
    found = view.derive(outbound_refs, Outbound(at.vantage, router=True, agent=at.agent, sni=True))
    logs = view.derive(tcp_access_logs, at.vantage)
    keys = [ref.key for ref in (*found.clusters, *(ref for ref, _ in found.placed))]
    for key in keys:
        assert isinstance(key, ClusterKey)
        name = sni_cluster(key.port, key.subset, key.host)
        names = server_names((name,))
        if names and any(covers(host.name, key.host) for host in server.hosts):
            match = Match(names=names, transport=TLS, protocols=MESH_WORDS)
            yield Chain(filters=(tcp_proxy((TcpTarget(name),), name, logs),), match=match)


def _heads(view: View, at: GatewayPort, server: GatewayServer) -> Iterator[Layer4Head]:
    for head in visible_layer4(view, server.gateway_name, at.proxy.namespace):
        if hosts_for(server, head.namespace, head.hosts):
            yield head


def _site(at: GatewayPort, server: GatewayServer) -> Site:
    return Site(server.gateway_name, server.server.port.number, at.proxy.namespace, at.proxy.labels)


def _forward(
    view: View, at: GatewayPort, server: GatewayServer, head: Layer4Head, routes: tuple[RouteDestination, ...]
) -> Any:  # noqa: ANN401  untyped messages
    targets = tcp_targets(view, routes, Destinations(at.vantage, server.server.port.number))
    prefix = targets[0].cluster if len(targets) == 1 else f"{head.name}.{head.namespace}"
    return tcp_proxy(targets, prefix, view.derive(tcp_access_logs, at.vantage))
