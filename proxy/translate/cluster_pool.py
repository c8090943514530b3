"""Connection pools as Envoy's circuit breakers, keep-alives and protocol options. Pure.

Istio lifts Envoy's circuit breakers as far as they go, and a DestinationRule lowers them.
Source: istio pilot/pkg/networking/core/cluster_traffic_policy.go (applyConnectionPool).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from envoy.config.cluster.v3 import circuit_breaker_pb2, cluster_pb2
from envoy.config.core.v3 import address_pb2, protocol_pb2
from envoy.extensions.upstreams.http.v3 import http_protocol_options_pb2
from envoy.type.v3 import percent_pb2
from google.protobuf import any_pb2, duration_pb2, wrappers_pb2

from proxy.registry.traffic_policy import Policy
from schemas.types.connection_pool import ConnectionPoolSettings, HTTPSettings, TcpKeepalive, TCPSettings

HTTP_PROTOCOL_OPTIONS: Final = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_UNLIMITED = 2**32 - 1
_SECOND = timedelta(seconds=1)
_NO_TCP = TCPSettings()
_NO_HTTP = HTTPSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamHttp:
    """How a cluster speaks HTTP to its endpoints; hashable, so that equal options are encoded once."""

    http2: bool = False
    as_downstream: bool = False
    idle_timeout: timedelta | None = None
    max_connection_duration: timedelta | None = None
    max_requests_per_connection: int = 0
    max_concurrent_streams: int = 0
    auto_sni: bool = False
    auto_san: bool = False

    @property
    def is_default(self) -> bool:
        """Whether Envoy's default is all that is wanted."""
        return self == _DEFAULT_HTTP


_DEFAULT_HTTP = UpstreamHttp()


def seconds(value: timedelta) -> duration_pb2.Duration:
    """A duration as a message."""
    return duration_pb2.Duration(seconds=value // _SECOND, nanos=(value % _SECOND).microseconds * 1000)


def tcp_of(pool: ConnectionPoolSettings | None) -> TCPSettings:
    """The TCP part of a pool, empty where there is none."""
    return pool.tcp if pool is not None and pool.tcp is not None else _NO_TCP


def http_of(pool: ConnectionPoolSettings | None) -> HTTPSettings:
    """The HTTP part of a pool, empty where there is none."""
    return pool.http if pool is not None and pool.http is not None else _NO_HTTP


def circuit_breakers(policy: Policy) -> circuit_breaker_pb2.CircuitBreakers:
    """The bounds of a pool; what is not bounded is unlimited."""
    tcp, http = tcp_of(policy.connection_pool), http_of(policy.connection_pool)
    limits = (tcp.max_connections, http.http1_max_pending_requests, http.http2_max_requests, http.max_retries)
    budget = policy.retry_budget
    if budget is None:
        return _thresholds(*limits)
    found = circuit_breaker_pb2.CircuitBreakers()
    found.CopyFrom(_thresholds(*limits))
    found.thresholds[0].retry_budget.budget_percent.CopyFrom(
        percent_pb2.Percent(value=budget.percent if budget.percent is not None else 20.0)
    )
    if budget.min_retry_concurrency:
        found.thresholds[0].retry_budget.min_retry_concurrency.value = budget.min_retry_concurrency
    return found


@lru_cache(maxsize=1024)
def _thresholds(connections: int, pending: int, requests: int, retries: int) -> circuit_breaker_pb2.CircuitBreakers:
    def limit(value: int) -> wrappers_pb2.UInt32Value:
        return wrappers_pb2.UInt32Value(value=value if value > 0 else _UNLIMITED)

    thresholds = circuit_breaker_pb2.CircuitBreakers.Thresholds(
        max_connections=limit(connections),
        max_pending_requests=limit(pending),
        max_requests=limit(requests),
        max_retries=limit(retries),
        track_remaining=True,
    )
    return circuit_breaker_pb2.CircuitBreakers(thresholds=[thresholds])


def connection_options(
    pool: ConnectionPoolSettings | None, default: TcpKeepalive | None
) -> cluster_pb2.UpstreamConnectionOptions | None:
    """Keep-alive probes; the mesh's unless the pool has its own."""
    keepalive = tcp_of(pool).tcp_keepalive or default
    if keepalive is None:
        return None
    message = address_pb2.TcpKeepalive()
    if keepalive.probes:
        message.keepalive_probes.value = keepalive.probes
    if keepalive.time is not None:
        message.keepalive_time.value = _whole_seconds(keepalive.time)
    if keepalive.interval is not None:
        message.keepalive_interval.value = _whole_seconds(keepalive.interval)
    return cluster_pb2.UpstreamConnectionOptions(tcp_keepalive=message)


def _whole_seconds(value: timedelta) -> int:
    """Seconds as the operating system takes them: at least one."""
    return min(max(1, value // _SECOND), _UNLIMITED)


@lru_cache(maxsize=1024)
def protocol_options(http: UpstreamHttp) -> any_pb2.Any:
    """The options as an extension of a cluster."""
    options = http_protocol_options_pb2.HttpProtocolOptions()
    _set_protocol(options, http)
    common = protocol_pb2.HttpProtocolOptions()
    if http.idle_timeout is not None:
        common.idle_timeout.CopyFrom(seconds(http.idle_timeout))
    if http.max_connection_duration is not None:
        common.max_connection_duration.CopyFrom(seconds(http.max_connection_duration))
    if http.max_requests_per_connection > 0:
        common.max_requests_per_connection.value = http.max_requests_per_connection
    if common.ByteSize():
        options.common_http_protocol_options.CopyFrom(common)
    if http.auto_sni:
        options.upstream_http_protocol_options.auto_sni = True
        options.upstream_http_protocol_options.auto_san_validation = http.auto_san
    packed = any_pb2.Any()
    packed.Pack(options, deterministic=True)
    return packed


def _set_protocol(options: Any, http: UpstreamHttp) -> None:  # noqa: ANN401  generated messages have no types
    if http.as_downstream:
        options.use_downstream_protocol_config.http_protocol_options.SetInParent()
        target = options.use_downstream_protocol_config.http2_protocol_options
    elif http.http2:
        target = options.explicit_http_config.http2_protocol_options
    else:
        options.explicit_http_config.http_protocol_options.SetInParent()
        return
    target.SetInParent()
    if http.max_concurrent_streams > 0:
        target.max_concurrent_streams.value = http.max_concurrent_streams
