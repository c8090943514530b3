"""`ConnectionPoolSettings`: bounds on connections and requests to a service. Pure."""

from __future__ import annotations

from typing import Literal

from schemas.types.duration import AnyDuration, Duration
from schemas.types.integers import Int32, UInt32
from schemas.types.message import Message

H2UpgradePolicy = Literal["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"]


class TcpKeepalive(Message):
    """Keep-alive probes of the operating system."""

    probes: UInt32 = 0
    time: Duration | None = None
    interval: Duration | None = None


class TCPSettings(Message):
    """Bounds of HTTP and TCP connections alike; 0 means Envoy's default."""

    max_connections: Int32 = 0
    connect_timeout: Duration | None = None
    tcp_keepalive: TcpKeepalive | None = None
    max_connection_duration: Duration | None = None
    idle_timeout: AnyDuration | None = None


class HTTPSettings(Message):
    """Bounds of HTTP connections; 0 means Envoy's default."""

    http1_max_pending_requests: Int32 = 0
    http2_max_requests: Int32 = 0
    max_requests_per_connection: Int32 = 0
    max_retries: Int32 = 0
    idle_timeout: Duration | None = None
    h2_upgrade_policy: H2UpgradePolicy = "DEFAULT"
    use_client_protocol: bool = False
    max_concurrent_streams: Int32 = 0


class ConnectionPoolSettings(Message):
    """Bounds by protocol."""

    tcp: TCPSettings | None = None
    http: HTTPSettings | None = None
