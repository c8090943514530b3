"""Rules of connection pools. Pure. Source: Istio's `validateConnectionPool`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from schemas.fault import Fault, invalid
from schemas.json_name import json_name
from schemas.types.connection_pool import ConnectionPoolSettings, HTTPSettings, TCPSettings

_HTTP_COUNTS = (
    "http1_max_pending_requests",
    "http2_max_requests",
    "max_requests_per_connection",
    "max_retries",
    "max_concurrent_streams",
)
_MILLISECOND = timedelta(milliseconds=1)


def check_connection_pool(pool: ConnectionPoolSettings | None, path: str) -> Iterator[Fault]:
    """At least one of the protocols is set; counts are not negative; the upgrade policy has one meaning."""
    if pool is None:
        return
    if pool.tcp is None and pool.http is None:
        yield invalid(path, "a connection pool needs at least one of tcp and http")
    if pool.http is not None:
        yield from _check_http(pool.http, f"{path}.http")
    if pool.tcp is not None:
        yield from _check_tcp(pool.tcp, f"{path}.tcp")


def _check_http(http: HTTPSettings, path: str) -> Iterator[Fault]:
    for name in _HTTP_COUNTS:
        value = getattr(http, name)
        if value < 0:
            yield invalid(f"{path}.{json_name(name)}", f"must not be negative, got {value}")
    if http.h2_upgrade_policy == "UPGRADE" and http.use_client_protocol:
        yield invalid(
            f"{path}.useClientProtocol", "the client's protocol cannot be kept while h2UpgradePolicy is UPGRADE"
        )


def _check_tcp(tcp: TCPSettings, path: str) -> Iterator[Fault]:
    if tcp.max_connections < 0:
        yield invalid(f"{path}.maxConnections", f"must not be negative, got {tcp.max_connections}")
    if tcp.idle_timeout and tcp.idle_timeout < _MILLISECOND:
        yield invalid(f"{path}.idleTimeout", "a duration of 1ms or more, or 0s for none, is expected")
