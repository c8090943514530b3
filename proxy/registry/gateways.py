"""Gateways: which a proxy serves, and their servers merged by port and bind address. Pure rules.

Servers share a port where all are plain HTTP, or all are told apart by TLS's server name; the first kind to come, from
the oldest Gateway on, keeps the port. A TLS server of which a host is taken already is left out.
Source: istio pilot/pkg/model/gateway.go (MergeGateways, gatewayRDSRouteName, resolvePorts).
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.registry.gateway_objects import GATEWAY, gateway_keys, gateway_object
from proxy.registry.instances import instances_selected
from proxy.registry.protocols import parse_protocol
from proxy.registry.service import Labels, Protocol
from schemas.hostname import covers
from schemas.kinds.gateway import Server

_PASSED_THROUGH: Final = ("PASSTHROUGH", "AUTO_PASSTHROUGH")


class ServerKind(Enum):
    """What may share a port: plain HTTP servers with each other, TLS servers with each other, others with none."""

    HTTP = "http"
    TLS = "tls"
    TCP = "tcp"


class ServerHost(NamedTuple):
    """A host of a server, and the namespace whose VirtualServices it is for (`*`: all)."""

    namespace: str
    name: str


class GatewayServer(NamedTuple):
    """A server of a Gateway: `port` is where the proxy listens, `route` the route configuration, empty for TCP.

    `origin` is the object that somebody wrote: the Gateway itself, or what it was made of.
    """

    gateway: Key
    server: Server
    port: int
    hosts: tuple[ServerHost, ...]
    kind: ServerKind
    route: str
    origin: Key

    @property
    def gateway_name(self) -> str:
        """The gateway as VirtualServices name it: `namespace/name`."""
        return f"{self.gateway.namespace}/{self.gateway.name}"

    @property
    def terminates_tls(self) -> bool:
        """Whether the proxy itself is the end of the client's TLS, so that requests are visible."""
        tls = self.server.tls
        return self.kind is ServerKind.TLS and tls is not None and tls.mode not in _PASSED_THROUGH

    @property
    def redirects_to_https(self) -> bool:
        """Whether plain requests are answered with a redirect to HTTPS."""
        return self.server.tls is not None and self.server.tls.https_redirect


class MergedPort(NamedTuple):
    """What a gateway proxy serves on one port and address: one listener."""

    port: int
    bind: str
    kind: ServerKind
    servers: tuple[GatewayServer, ...]


class GatewayProxy(NamedTuple):
    """A gateway proxy, as far as Gateways and Services select it."""

    namespace: str
    labels: Labels


class _Head(NamedTuple):
    """What orders and selects a Gateway; sorts as its precedence does."""

    created: str
    name: str
    namespace: str
    selector: frozenset[tuple[str, str]]


def gateways_for(view: View, labels: Labels) -> tuple[Key, ...]:
    """The Gateways of any namespace that select a proxy with these labels, the oldest first (a rule)."""
    have = frozenset(labels)
    heads = sorted(head for key in view.derive(gateway_keys, None) if (head := view.derive(_head, key)) is not None)
    return tuple(Key(GATEWAY, head.namespace, head.name) for head in heads if head.selector <= have)


def merged_gateway(view: View, proxy: GatewayProxy) -> tuple[MergedPort, ...]:
    """The ports of a gateway proxy, in the order in which they come up (a rule)."""
    targets = view.derive(translated_ports, proxy)
    merged: dict[tuple[int, str], list[GatewayServer]] = {}
    taken: dict[tuple[int, str], set[str]] = {}
    for key in view.derive(gateways_for, proxy.labels):
        found = gateway_object(view, key)
        if found is None or found.proxies not in ("", proxy.namespace):
            continue
        for server in found.spec.servers:
            for port in targets.get(server.port.number, (server.port.number,)):
                _merge(merged, taken, gateway_server(key, server, port)._replace(origin=found.origin))
    return tuple(
        MergedPort(port, bind, servers[0].kind, tuple(servers)) for (port, bind), servers in merged.items() if servers
    )


def servers_of_routes(view: View, proxy: GatewayProxy) -> dict[str, tuple[GatewayServer, ...]]:
    """The servers of a gateway proxy by the name of their route configuration (a rule)."""
    found: dict[str, tuple[GatewayServer, ...]] = {}
    for merged in view.derive(merged_gateway, proxy):
        for server in merged.servers:
            if server.route:
                found[server.route] = (*found.get(server.route, ()), server)
    return found


def translated_ports(view: View, proxy: GatewayProxy) -> dict[int, tuple[int, ...]]:
    """Where the proxy listens for a port of a Service that selects it: a Gateway names the Service's port (a rule)."""
    found: dict[int, set[int]] = {}
    for instance in view.derive(instances_selected, (proxy.namespace, proxy.labels)) if proxy.labels else ():
        found.setdefault(instance.port, set()).add(instance.target_port)
    return {port: tuple(sorted(targets)) for port, targets in found.items()}


def gateway_server(key: Key, server: Server, port: int) -> GatewayServer:
    """A server as it counts on a port of a proxy."""
    protocol = parse_protocol(server.port.protocol)
    hosts = tuple(dict.fromkeys(server_host(host, key.namespace) for host in server.hosts))
    return GatewayServer(key, server, port, hosts, _kind(server, protocol), _route(key, server, port, protocol), key)


def server_host(text: str, namespace: str) -> ServerHost:
    """A host of a server: `ns/host`, `./host`, `*/host` or `host`."""
    space, slash, name = text.partition("/")
    if not slash:
        return ServerHost("*", text.lower())
    return ServerHost(namespace if space == "." else space, name.lower())


def hosts_for(server: GatewayServer, namespace: str, hosts: tuple[str, ...]) -> tuple[str, ...]:
    """The hosts that a VirtualService of that namespace has on a server: of each overlap, the narrower one."""
    found: dict[str, None] = {}
    for wanted in server.hosts:
        if wanted.namespace in ("*", namespace):
            for host in hosts:
                if covers(wanted.name, host):
                    found[host] = None
                elif covers(host, wanted.name):
                    found[wanted.name] = None
    return tuple(found)


def _head(view: View, key: Key) -> _Head | None:
    found = gateway_object(view, key)
    if found is None:
        return None
    return _Head(found.created, key.name, key.namespace, frozenset(found.spec.selector.items()))


def _kind(server: Server, protocol: Protocol) -> ServerKind:
    if protocol.is_http:
        return ServerKind.HTTP
    return ServerKind.TCP if server.tls is None else ServerKind.TLS


def _route(key: Key, server: Server, port: int, protocol: Protocol) -> str:
    bind = f".{server.bind}" if server.bind else ""
    if protocol.is_http:
        return f"http.{port}{bind}"
    if protocol is Protocol.HTTPS and server.tls is not None and server.tls.mode not in _PASSED_THROUGH:
        return f"https.{server.port.number}.{server.port.name}.{key.name}.{key.namespace}{bind}"
    return ""


def _merge(
    merged: dict[tuple[int, str], list[GatewayServer]], taken: dict[tuple[int, str], set[str]], server: GatewayServer
) -> None:
    """Take a server in, unless its port is another kind's or one of its TLS hosts is taken."""
    place = (server.port, server.server.bind)
    before = merged.setdefault(place, [])
    if before and (before[0].kind is not server.kind or server.kind is ServerKind.TCP):
        return
    if server.kind is ServerKind.TLS:
        names = {host.name for host in server.hosts}
        if names & taken.setdefault(place, set()):
            return
        taken[place] |= names
    before.append(server)
