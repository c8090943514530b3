"""The filter chains of one service on an outbound TCP listener: its TLS or TCP routes, else the service itself. Pure.

Source: istio pilot/pkg/networking/core/tls.go (buildSidecarOutboundTCPTLSFilterChainOpts).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.naming import outbound_cluster
from proxy.registry.destination_rules import destination_rule_for
from proxy.registry.seen import service_seen
from proxy.registry.service import Labels
from proxy.registry.traffic_policy import policy_at
from proxy.registry.vantage import SeenHost, Vantage, VisibleHost
from proxy.registry.virtual_services import MESH
from proxy.translate.access_log import tcp_access_logs
from proxy.translate.cluster_pool import tcp_of
from proxy.translate.dynamic_dns import name_resolver
from proxy.translate.filter_chains import Chain, Match, server_names
from proxy.translate.layer4_routes import (
    Destinations,
    Layer4Head,
    Layer4Routes,
    Site,
    layer4_routes,
    tcp_targets,
    visible_layer4,
)
from proxy.translate.tcp_proxy import TcpTarget, tcp_proxy
from schemas.hostname import covers
from schemas.kinds.virtual_service import RouteDestination


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareAt:
    """A service on a listener. `cidr` is the part of its addresses; `by_name` says that others share the listener.

    `dynamic` says that the server name is resolved.
    """

    vantage: Vantage
    host: str
    service: Key
    ports: tuple[int, ...] | None
    port: int
    tls: bool
    cidr: str
    by_name: bool
    dynamic: bool
    labels: Labels


class _Idle(NamedTuple):
    """A host and port as somebody sees it."""

    vantage: Vantage
    host: str
    port: int


def share_chains(view: View, at: ShareAt) -> tuple[Chain, ...]:
    """The filter chains, in order of precedence."""
    routed = tuple(_tls_routes(view, at) if at.tls else _tcp_routes(view, at))
    ranges = (at.cidr,) if at.cidr else ()
    if at.tls:
        return routed or (_own(view, at, Match(names=server_names((at.host,)) if at.by_name else (), ranges=ranges)),)
    if any(chain.match.ranges == ranges for chain in routed):
        return routed
    return (*routed, _own(view, at, Match(ranges=ranges)))


def idle_timeout(view: View, key: _Idle) -> timedelta | None:
    """How long a connection may be idle (a rule of its own, so that other settings of a host touch no listener)."""
    rule = view.derive(destination_rule_for, SeenHost(key.vantage, key.host))
    return tcp_of(policy_at(rule, key.port).connection_pool).idle_timeout


def _own(view: View, at: ShareAt, match: Match) -> Chain:
    """To the service itself."""
    service = service_seen(view, VisibleHost(at.host, at.service, at.ports))
    port = service.ports[0].number if service is not None and len(service.ports) == 1 else at.port
    cluster = outbound_cluster(port, "", at.host)
    idle = view.derive(idle_timeout, _Idle(at.vantage, at.host, port))
    logs = view.derive(tcp_access_logs, at.vantage)
    first = (name_resolver(port),) if at.dynamic else ()
    return Chain(filters=(*first, tcp_proxy((TcpTarget(cluster),), cluster, logs, idle)), match=match)


def _tls_routes(view: View, at: ShareAt) -> Iterator[Chain]:
    site = _site(at)
    for head, routes in _routes(view, at):
        for route in routes.tls:
            for match in route.match:
                if site.takes(match, routes.gateways):
                    ranges = match.destination_subnets or ((at.cidr,) if at.cidr else ())
                    wanted = Match(names=server_names(match.sni_hosts), ranges=ranges)
                    yield Chain(filters=(_forward(view, at, head, route.route),), match=wanted)


def _tcp_routes(view: View, at: ShareAt) -> Iterator[Chain]:
    """Up to the first route that takes any connection."""
    site, own = _site(at), (at.cidr,) if at.cidr else ()
    for head, routes in _routes(view, at):
        for route in routes.tcp:
            taken = [match for match in route.match if site.takes(match, routes.gateways)]
            subnets = tuple(subnet for match in taken for subnet in match.destination_subnets)
            if not route.match or (taken and not all(match.destination_subnets for match in taken)):
                yield Chain(filters=(_forward(view, at, head, route.route),), match=Match(ranges=own))
                return
            if subnets:
                yield Chain(filters=(_forward(view, at, head, route.route),), match=Match(ranges=subnets))


def _routes(view: View, at: ShareAt) -> Iterator[tuple[Layer4Head, Layer4Routes]]:
    for head in visible_layer4(view, MESH, at.vantage.namespace):
        if any(covers(host, at.host) for host in head.hosts):
            yield head, view.derive(layer4_routes, head.key)


def _site(at: ShareAt) -> Site:
    return Site(MESH, at.port, at.vantage.namespace, at.labels)


def _forward(view: View, at: ShareAt, head: Layer4Head, routes: tuple[RouteDestination, ...]) -> Any:  # noqa: ANN401  untyped messages
    targets = tcp_targets(view, routes, Destinations(at.vantage, at.port))
    prefix = targets[0].cluster if len(targets) == 1 else f"{head.name}.{head.namespace}"
    idle = view.derive(idle_timeout, _Idle(at.vantage, at.host, at.port))
    return tcp_proxy(targets, prefix, view.derive(tcp_access_logs, at.vantage), idle)
