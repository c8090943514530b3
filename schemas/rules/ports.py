"""Ports and their protocols. Pure. Source of the protocols: Istio's pkg/config/protocol/instance.go."""

from __future__ import annotations

_HIGHEST = 65535
_HTTP = frozenset({"http", "http2", "http_proxy", "grpc", "grpc-web"})
_TLS = frozenset({"https", "tls"})
_OTHER = frozenset({"tcp", "udp", "mongo", "redis", "mysql"})
_TCP = frozenset({"tcp", "https", "tls", "mongo", "redis", "mysql"})
_KNOWN = _HTTP | _TLS | _OTHER
KNOWN_PROTOCOLS = (
    "HTTP",
    "HTTP2",
    "HTTP_PROXY",
    "GRPC",
    "GRPC-WEB",
    "HTTPS",
    "TLS",
    "TCP",
    "UDP",
    "MONGO",
    "REDIS",
    "MYSQL",
)
"""The protocols that a port may have; case does not matter."""


def port_problem(number: int) -> str:
    """What keeps the number from being a port."""
    return "" if 1 <= number <= _HIGHEST else f"port {number} is not between 1 and 65535"


def is_http(protocol: str) -> bool:
    """Whether requests on such a port are HTTP."""
    return protocol.lower() in _HTTP


def is_tls(protocol: str) -> bool:
    """Whether such a port is TLS from its first byte."""
    return protocol.lower() in _TLS


def is_tcp(protocol: str) -> bool:
    """Whether such a port is opaque TCP to a proxy that does not terminate TLS."""
    return protocol.lower() in _TCP


def is_known(protocol: str) -> bool:
    """Whether Istio knows the protocol."""
    return protocol.lower() in _KNOWN


def protocol_problem(protocol: str) -> str:
    """What keeps the text from being a protocol; empty text means that it is detected."""
    if not protocol or is_known(protocol):
        return ""
    return f"protocol `{protocol[:40]}` is not one of {', '.join(KNOWN_PROTOCOLS)}"
