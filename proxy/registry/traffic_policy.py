"""`policy_at`: the traffic policy of one port of one subset, of what a DestinationRule says at its levels. Pure.

A setting of the port replaces load balancer, connection pool, outlier detection and TLS as a whole, absent ones
included; a subset's policy overrides the destination's field by field, and a setting of the port inside it replaces
the four again.
Source: istio pilot/pkg/networking/util/util.go (MergeTrafficPolicy).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from proxy.registry.destination_rules import MergedRule
from schemas.types.client_tls import ClientTLSSettings
from schemas.types.connection_pool import ConnectionPoolSettings
from schemas.types.load_balancer import LoadBalancerSettings
from schemas.types.outlier_detection import OutlierDetection
from schemas.types.traffic_policy import ProxyProtocol, RetryBudget, TrafficPolicy, TunnelSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What holds for one port of one subset; None is Envoy's or Istio's default."""

    load_balancer: LoadBalancerSettings | None = None
    connection_pool: ConnectionPoolSettings | None = None
    outlier_detection: OutlierDetection | None = None
    tls: ClientTLSSettings | None = None
    tunnel: TunnelSettings | None = None
    proxy_protocol: ProxyProtocol | None = None
    retry_budget: RetryBudget | None = None


NO_POLICY = Policy()
"""What holds where no rule says anything."""


def policy_at(rule: MergedRule | None, port: int, subset: str = "") -> Policy:
    """The policy of a port of a subset (empty: of the destination as a whole)."""
    if rule is None:
        return NO_POLICY
    found = _over(NO_POLICY, rule.traffic_policy, port)
    named = rule.subset(subset) if subset else None
    return _over(found, named.traffic_policy, port) if named is not None else found


def _over(below: Policy, policy: TrafficPolicy | None, port: int) -> Policy:
    """A level of policies over the one below it."""
    if policy is None:
        return below
    merged = Policy(
        load_balancer=policy.load_balancer or below.load_balancer,
        connection_pool=policy.connection_pool or below.connection_pool,
        outlier_detection=policy.outlier_detection or below.outlier_detection,
        tls=policy.tls or below.tls,
        tunnel=policy.tunnel or below.tunnel,
        proxy_protocol=policy.proxy_protocol or below.proxy_protocol,
        retry_budget=policy.retry_budget or below.retry_budget,
    )
    for own in policy.port_level_settings:
        if own.port is not None and own.port.number == port:
            return replace(
                merged,
                load_balancer=own.load_balancer,
                connection_pool=own.connection_pool,
                outlier_detection=own.outlier_detection,
                tls=own.tls,
            )
    return merged
