"""How Envoy finds the endpoints of a service: the type of its clusters. Pure.

Source: istio pilot/pkg/networking/core/cluster_builder.go (convertResolution).
"""

from __future__ import annotations

from enum import Enum
from typing import assert_never

from proxy.registry.service import Resolution, Service
from proxy.registry.traffic_policy import Policy


class Discovery(Enum):
    """The type of a cluster."""

    EDS = "EDS"
    STRICT_DNS = "STRICT_DNS"
    LOGICAL_DNS = "LOGICAL_DNS"
    ORIGINAL_DST = "ORIGINAL_DST"
    DYNAMIC = "DYNAMIC"
    """Whatever host a request names (`envoy.clusters.dynamic_forward_proxy`)."""

    @property
    def is_dns(self) -> bool:
        """Whether the endpoints are names in the cluster itself."""
        return self in (Discovery.STRICT_DNS, Discovery.LOGICAL_DNS)


def discovery_of(service: Service, policy: Policy, *, router: bool) -> Discovery | None:
    """The type of the service's clusters; None where it has none: an alias is a cluster of the host it stands for."""
    found = _by_resolution(service.resolution, router=router)
    balancer = policy.load_balancer
    if found not in (None, Discovery.DYNAMIC) and balancer is not None and balancer.simple == "PASSTHROUGH":
        return Discovery.ORIGINAL_DST
    return found


def _by_resolution(resolution: Resolution, *, router: bool) -> Discovery | None:
    match resolution:
        case Resolution.STATIC:
            return Discovery.EDS
        case Resolution.DNS:
            return Discovery.STRICT_DNS
        case Resolution.DNS_ROUND_ROBIN:
            return Discovery.LOGICAL_DNS
        case Resolution.NONE | Resolution.PASSTHROUGH:
            return Discovery.EDS if router else Discovery.ORIGINAL_DST
        case Resolution.DYNAMIC_DNS:
            return Discovery.DYNAMIC
        case Resolution.ALIAS:
            return None
        case _:
            assert_never(resolution)
