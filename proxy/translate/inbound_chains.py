"""What a sidecar does with connections to a port of its own workload: HTTP, TCP, or whichever it turns out to be. Pure.

Beside Istio's agent, who holds certificates, a port takes Istio's mutual TLS and plain text (PERMISSIVE); any other
proxy has no certificate of the mesh to show, and takes plain text, or the TLS that the Sidecar itself describes.
Source: istio pilot/pkg/networking/core/filterchain_options.go, listener_inbound.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from proxy.registry.service import Protocol
from proxy.translate.access_log import AccessLogs
from proxy.translate.downstream_tls import HTTP_PROTOCOLS, MESH_PROTOCOLS, mesh_socket, server_socket
from proxy.translate.filter_chains import HTTP_WORDS, PLAIN, TLS, Chain, Match
from proxy.translate.http_connection_manager import ConnectionManager, connection_manager
from proxy.translate.listener_settings import ListenerSettings
from proxy.translate.tcp_proxy import TcpTarget, tcp_proxy
from schemas.types.server_tls import ServerTLSSettings

MESH_HTTP: Final = ("istio-http/1.0", "istio-http/1.1", "istio-h2")
MESH_TCP: Final = ("istio-peer-exchange", "istio")
_HTTP_SOCKET: Final = ("h2", "http/1.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundChains:
    """The chains of a port (0: of every port that has none of its own), and where its connections go."""

    cluster: str
    protocol: Protocol
    settings: ListenerSettings
    http_logs: AccessLogs
    tcp_logs: AccessLogs
    stat_prefix: str
    name: str = ""
    http_name: str = ""
    port: int = 0
    operation: str = ""
    permissive: bool = False
    tls: ServerTLSSettings | None = None


def inbound_chains(port: InboundChains) -> tuple[Chain, ...]:
    """The filter chains."""
    found = _permissive(port) if port.permissive else _terminated(port) if port.tls is not None else _plain(port)
    return tuple(
        replace(chain, name=chain.name or port.name, match=replace(chain.match, port=port.port)) for chain in found
    )


def _plain(port: InboundChains) -> Iterator[Chain]:
    if port.protocol.is_http:
        yield Chain(filters=_http(port), name=port.http_name)
    elif port.protocol is Protocol.AUTO:
        yield Chain(filters=_http(port), name=port.http_name, match=Match(transport=PLAIN, protocols=HTTP_WORDS))
        yield Chain(filters=_tcp(port), match=Match(transport=PLAIN))
        yield Chain(filters=_tcp(port), match=Match(transport=TLS))
    else:
        yield Chain(filters=_tcp(port))


def _terminated(port: InboundChains) -> Iterator[Chain]:
    """TLS of the Sidecar's own: what is inside is HTTP, TCP, or found out by ALPN; plain text is not taken."""
    assert port.tls is not None
    if port.protocol.is_http or port.protocol in (Protocol.HTTPS, Protocol.AUTO):
        protocols = HTTP_WORDS if port.protocol is Protocol.AUTO else ()
        match = Match(transport=TLS, protocols=protocols)
        socket = server_socket(port.tls, HTTP_PROTOCOLS, agent=False)
        yield Chain(filters=_http(port), name=port.http_name, match=match, socket=socket)
    if not port.protocol.is_http and port.protocol is not Protocol.HTTPS:
        socket = server_socket(port.tls, (), agent=False)
        yield Chain(filters=_tcp(port), match=Match(transport=TLS), socket=socket)


def _permissive(port: InboundChains) -> Iterator[Chain]:
    if port.protocol.is_http:
        yield Chain(filters=_http(port), name=port.http_name, match=Match(transport=TLS), socket=_mesh(_HTTP_SOCKET))
        yield Chain(filters=_http(port), name=port.http_name, match=Match(transport=PLAIN))
        return
    sniffed = port.protocol is Protocol.AUTO
    if sniffed:
        match = Match(transport=TLS, protocols=MESH_HTTP)
        yield Chain(filters=_http(port), name=port.http_name, match=match, socket=_mesh(_HTTP_SOCKET))
        match = Match(transport=PLAIN, protocols=HTTP_WORDS)
        yield Chain(filters=_http(port), name=port.http_name, match=match)
    match = Match(transport=TLS, protocols=MESH_TCP)
    yield Chain(filters=_tcp(port), match=match, socket=_mesh(MESH_PROTOCOLS))
    yield Chain(filters=_tcp(port), match=Match(transport=PLAIN))
    yield Chain(filters=_tcp(port), match=Match(transport=TLS))


@lru_cache(maxsize=4)
def _mesh(protocols: tuple[str, ...]) -> Any:  # noqa: ANN401  untyped messages
    return mesh_socket(protocols)


def _http(port: InboundChains) -> tuple[Any, ...]:
    manager = ConnectionManager(
        cluster=port.cluster,
        operation=port.operation,
        stat_prefix=port.stat_prefix,
        settings=port.settings,
        logs=port.http_logs,
        grpc_web=port.protocol is Protocol.GRPC_WEB,
    )
    return (connection_manager(manager),)


def _tcp(port: InboundChains) -> tuple[Any, ...]:
    return (tcp_proxy((TcpTarget(port.cluster),), port.cluster, port.tcp_logs),)
