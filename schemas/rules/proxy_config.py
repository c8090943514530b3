"""Rules of the proxy configuration. Pure. Source: Istio's `ValidateMeshConfigProxyConfig`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from schemas.fault import Fault, invalid
from schemas.rules.addresses import host_port_problem
from schemas.rules.client_tls import check_client_tls
from schemas.rules.ports import port_problem
from schemas.types.proxy_config import ProxyConfig
from schemas.types.tracing import Tracing

_ALL = 100


def check_proxy_config(config: ProxyConfig, path: str) -> Iterator[Fault]:
    """Addresses as `host:port`, ports, and times that a proxy can keep."""
    for name, address in (
        ("discoveryAddress", config.discovery_address),
        ("statsdUdpAddress", config.statsd_udp_address),
        ("envoyMetricsServiceAddress", config.envoy_metrics_service_address),
        ("envoyMetricsService.address", config.envoy_metrics_service and config.envoy_metrics_service.address),
        ("envoyAccessLogService.address", config.envoy_access_log_service and config.envoy_access_log_service.address),
    ):
        if address and (problem := host_port_problem(address)):
            yield invalid(f"{path}.{name}", problem)
    for name, port in (("proxyAdminPort", config.proxy_admin_port), ("statusPort", config.status_port)):
        if port is not None and (problem := port_problem(port)):
            yield invalid(f"{path}.{name}", problem)
    drain = config.drain_duration
    if drain is not None and (drain < timedelta(seconds=1) or drain.microseconds):
        yield invalid(f"{path}.drainDuration", "a duration of whole seconds, one at least, is expected")
    if config.control_plane_auth_policy == "INHERIT":
        yield invalid(f"{path}.controlPlaneAuthPolicy", "only NONE and MUTUAL_TLS are possible here")
    if config.concurrency is not None and config.concurrency < 0:
        yield invalid(f"{path}.concurrency", f"must not be negative, got {config.concurrency}")
    if config.tracing is not None:
        yield from _check_tracing(config.tracing, f"{path}.tracing")
    yield from _check_keys(config, f"{path}.privateKeyProvider")


def _check_tracing(tracing: Tracing, path: str) -> Iterator[Fault]:
    for name, collector in (("zipkin", tracing.zipkin), ("lightstep", tracing.lightstep), ("datadog", tracing.datadog)):
        if collector is None:
            continue
        if problem := host_port_problem(collector.address.replace("$(HOST_IP)", "127.0.0.1", 1)):
            yield invalid(f"{path}.{name}.address", problem)
    if tracing.lightstep is not None and not tracing.lightstep.access_token:
        yield invalid(f"{path}.lightstep.accessToken", "the access token is missing")
    if not 0 <= tracing.sampling <= _ALL:
        yield invalid(f"{path}.sampling", f"a percentage is between 0 and 100, got {tracing.sampling:g}")
    yield from check_client_tls(tracing.tls_settings, f"{path}.tlsSettings")


def _check_keys(config: ProxyConfig, path: str) -> Iterator[Fault]:
    provider = config.private_key_provider
    if provider is None:
        return
    if provider.cryptomb is None and provider.qat is None:
        yield invalid(path, "one of cryptomb and qat is needed")
    for name, keys in (("cryptomb", provider.cryptomb), ("qat", provider.qat)):
        if keys is not None and not keys.poll_delay:
            yield invalid(f"{path}.{name}.pollDelay", "a delay of more than 0s is needed")
