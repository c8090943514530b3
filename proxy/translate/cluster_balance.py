"""Load balancing and outlier detection of a cluster. Pure.

Source: istio pilot/pkg/networking/core/cluster_traffic_policy.go (applyLoadBalancer, applyOutlierDetection).
"""

from __future__ import annotations

from typing import Any, Final

from envoy.config.cluster.v3 import cluster_pb2, outlier_detection_pb2
from google.protobuf import wrappers_pb2

from proxy.translate.cluster_pool import seconds
from schemas.types.load_balancer import ConsistentHashLB, LoadBalancerSettings, WarmupConfiguration
from schemas.types.outlier_detection import OutlierDetection

_Cluster = cluster_pb2.Cluster
_SIMPLE: Final = {
    None: _Cluster.LEAST_REQUEST,
    "UNSPECIFIED": _Cluster.LEAST_REQUEST,
    "LEAST_CONN": _Cluster.LEAST_REQUEST,
    "LEAST_REQUEST": _Cluster.LEAST_REQUEST,
    "RANDOM": _Cluster.RANDOM,
    "ROUND_ROBIN": _Cluster.ROUND_ROBIN,
    "PASSTHROUGH": _Cluster.CLUSTER_PROVIDED,
}
_RING_SIZE: Final = 1024
_LARGEST_RING: Final = 8 * 1024 * 1024
_LARGEST_TABLE: Final = 5_000_011
_ALL: Final = 100


def set_balancer(cluster: Any, settings: LoadBalancerSettings | None) -> None:  # noqa: ANN401  untyped messages
    """Set the policy by which an endpoint of the cluster is chosen."""
    if settings is not None and settings.consistent_hash is not None:
        _set_hashing(cluster, settings.consistent_hash)
        return
    policy = _SIMPLE[settings.simple if settings is not None else None]
    cluster.lb_policy = policy
    if settings is None:
        return
    warmup = settings.warmup
    if warmup is None and settings.warmup_duration_secs is not None:
        warmup = WarmupConfiguration(duration=settings.warmup_duration_secs)
    if warmup is None:
        return
    if policy == _Cluster.ROUND_ROBIN:
        cluster.round_robin_lb_config.slow_start_config.CopyFrom(_slow_start(warmup))
    elif policy == _Cluster.LEAST_REQUEST:
        cluster.least_request_lb_config.slow_start_config.CopyFrom(_slow_start(warmup))


def _slow_start(warmup: WarmupConfiguration) -> Any:  # noqa: ANN401  untyped messages
    found = _Cluster.SlowStartConfig(slow_start_window=seconds(warmup.duration))
    if warmup.aggression is not None and warmup.aggression > 0:
        found.aggression.default_value = warmup.aggression
        found.aggression.runtime_key = "slow_start.aggression"
    if warmup.minimum_percent is not None:
        found.min_weight_percent.value = warmup.minimum_percent
    return found


def _set_hashing(cluster: Any, settings: ConsistentHashLB) -> None:  # noqa: ANN401  untyped messages
    """Ring hash unless Maglev is asked for; sizes that Envoy would refuse are left at its default."""
    if settings.maglev is not None:
        cluster.lb_policy = _Cluster.MAGLEV
        size = settings.maglev.table_size
        if 0 < size <= _LARGEST_TABLE and _is_prime(size):
            cluster.maglev_lb_config.table_size.value = size
        return
    wanted = settings.ring_hash.minimum_ring_size if settings.ring_hash is not None else settings.minimum_ring_size
    cluster.lb_policy = _Cluster.RING_HASH
    cluster.ring_hash_lb_config.minimum_ring_size.value = min(wanted or _RING_SIZE, _LARGEST_RING)


def _is_prime(number: int) -> bool:
    if number % 2 == 0:
        return number == 2  # noqa: PLR2004  the even prime
    return number > 1 and all(number % factor for factor in range(3, int(number**0.5) + 1, 2))


def outlier_detection(settings: OutlierDetection) -> Any:  # noqa: ANN401  untyped messages
    """When an endpoint is left out; never by its rate of success, which Istio turns off."""
    found = outlier_detection_pb2.OutlierDetection(enforcing_success_rate=_number(0))
    if settings.consecutive_5xx_errors is not None:
        found.consecutive_5xx.value = settings.consecutive_5xx_errors
        found.enforcing_consecutive_5xx.value = _ALL if settings.consecutive_5xx_errors else 0
    elif settings.consecutive_errors > 0:
        found.consecutive_5xx.value = settings.consecutive_errors
        found.enforcing_consecutive_5xx.value = _ALL
    if settings.consecutive_gateway_errors is not None:
        found.consecutive_gateway_failure.value = settings.consecutive_gateway_errors
        found.enforcing_consecutive_gateway_failure.value = _ALL if settings.consecutive_gateway_errors else 0
    if settings.interval is not None:
        found.interval.CopyFrom(seconds(settings.interval))
    if settings.base_ejection_time is not None:
        found.base_ejection_time.CopyFrom(seconds(settings.base_ejection_time))
    if settings.max_ejection_percent > 0:
        found.max_ejection_percent.value = min(settings.max_ejection_percent, _ALL)
    if settings.split_external_local_origin_errors:
        found.split_external_local_origin_errors = True
        found.enforcing_local_origin_success_rate.value = 0
        if settings.consecutive_local_origin_failures:
            found.consecutive_local_origin_failure.value = settings.consecutive_local_origin_failures
            found.enforcing_consecutive_local_origin_failure.value = _ALL
    return found


def _number(value: int) -> wrappers_pb2.UInt32Value:
    return wrappers_pb2.UInt32Value(value=value)
