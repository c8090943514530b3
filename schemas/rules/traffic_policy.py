"""Rules of traffic policies. Pure. Source: Istio's `validateTrafficPolicy` and what it calls."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid, warned
from schemas.rules.addresses import is_ip
from schemas.rules.client_tls import check_client_tls
from schemas.rules.connection_pool import check_connection_pool
from schemas.rules.load_balancer import check_load_balancer
from schemas.rules.names import fqdn_problem
from schemas.rules.ports import port_problem
from schemas.types.outlier_detection import OutlierDetection
from schemas.types.traffic_policy import PortTrafficPolicy, TrafficPolicy, TunnelSettings

_ALL = 100
_SHARED = ("load_balancer", "connection_pool", "outlier_detection", "tls")


def check_traffic_policy(policy: TrafficPolicy | None, path: str) -> Iterator[Fault]:
    """Something is set, and each part of it is right; a tunnel excludes the PROXY protocol."""
    if policy is None:
        return
    parts = (*_SHARED, "tunnel", "proxy_protocol", "retry_budget")
    if not policy.port_level_settings and all(getattr(policy, name) is None for name in parts):
        yield invalid(path, "a traffic policy needs at least one field")
        return
    if policy.tunnel is not None and policy.proxy_protocol is not None:
        yield invalid(path, "only one of tunnel and proxyProtocol may be set")
    yield from _check_shared(policy, path)
    if policy.tunnel is not None:
        yield from _check_tunnel(policy.tunnel, f"{path}.tunnel")
    for index, port in enumerate(policy.port_level_settings):
        yield from _check_port(port, f"{path}.portLevelSettings[{index}]")


def _check_port(policy: PortTrafficPolicy, path: str) -> Iterator[Fault]:
    if policy.port is None:
        yield invalid(f"{path}.port", "settings of a port need the port", "add `port: {number: ...}`")
    elif problem := port_problem(policy.port.number):
        yield invalid(f"{path}.port.number", problem)
    if all(getattr(policy, name) is None for name in _SHARED):
        yield invalid(path, "settings of a port need at least one field besides the port")
    yield from _check_shared(policy, path)


def _check_shared(policy: TrafficPolicy | PortTrafficPolicy, path: str) -> Iterator[Fault]:
    outliers = policy.outlier_detection
    if outliers is not None:
        yield from _check_outliers(outliers, f"{path}.outlierDetection")
    yield from check_connection_pool(policy.connection_pool, f"{path}.connectionPool")
    yield from check_load_balancer(policy.load_balancer, f"{path}.loadBalancer", detects_outliers=outliers is not None)
    yield from check_client_tls(policy.tls, f"{path}.tls")


def _check_outliers(outliers: OutlierDetection, path: str) -> Iterator[Fault]:
    if outliers.consecutive_errors:
        yield warned(
            f"{path}.consecutiveErrors",
            "this field is deprecated and has no effect",
            "use `consecutive5xxErrors` or `consecutiveGatewayErrors`",
        )
    if outliers.consecutive_local_origin_failures and not outliers.split_external_local_origin_errors:
        yield invalid(
            f"{path}.consecutiveLocalOriginFailures",
            "local failures are only counted apart with `splitExternalLocalOriginErrors: true`",
        )
    for name, value in (
        ("maxEjectionPercent", outliers.max_ejection_percent),
        ("minHealthPercent", outliers.min_health_percent),
    ):
        if not 0 <= value <= _ALL:
            yield invalid(f"{path}.{name}", f"a percentage is between 0 and 100, got {value}")


def _check_tunnel(tunnel: TunnelSettings, path: str) -> Iterator[Fault]:
    if tunnel.protocol not in {"", "CONNECT", "POST"}:
        yield invalid(f"{path}.protocol", f"the protocol is CONNECT or POST, got `{tunnel.protocol[:40]}`")
    if not is_ip(tunnel.target_host) and (problem := fqdn_problem(tunnel.target_host)):
        yield invalid(f"{path}.targetHost", problem)
    if problem := port_problem(tunnel.target_port):
        yield invalid(f"{path}.targetPort", problem)
