"""`TrafficPolicy`: what applies to traffic after routing has chosen a destination. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.types.client_tls import ClientTLSSettings
from schemas.types.connection_pool import ConnectionPoolSettings
from schemas.types.destination import PortSelector
from schemas.types.integers import UInt32
from schemas.types.load_balancer import LoadBalancerSettings
from schemas.types.message import Message
from schemas.types.outlier_detection import OutlierDetection


class PortTrafficPolicy(Message):
    """The policy of one port; where there is one, it replaces the policy of the destination as a whole."""

    port: PortSelector | None = None
    load_balancer: LoadBalancerSettings | None = None
    connection_pool: ConnectionPoolSettings | None = None
    outlier_detection: OutlierDetection | None = None
    tls: ClientTLSSettings | None = None


class TunnelSettings(Message):
    """TCP tunnelled through HTTP CONNECT or POST."""

    protocol: str = ""
    target_host: str
    target_port: UInt32


class ProxyProtocol(Message):
    """The PROXY protocol header that is sent upstream."""

    version: Literal["V1", "V2"] = "V1"


class RetryBudget(Message):
    """How many retries may be active at a time, relative to the active requests."""

    percent: Annotated[float, Field(ge=0, le=100)] | None = None
    min_retry_concurrency: UInt32 = 0


class TrafficPolicy(Message):
    """Load balancing, connection pools, outliers, TLS, and settings of single ports."""

    load_balancer: LoadBalancerSettings | None = None
    connection_pool: ConnectionPoolSettings | None = None
    outlier_detection: OutlierDetection | None = None
    tls: ClientTLSSettings | None = None
    port_level_settings: tuple[PortTrafficPolicy, ...] = Field(default=(), max_length=4096)
    tunnel: TunnelSettings | None = None
    proxy_protocol: ProxyProtocol | None = None
    retry_budget: RetryBudget | None = None
