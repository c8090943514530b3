"""How the endpoints of a cluster are spread over localities, as seen from one. Pure.

A setting of the rule replaces the mesh's as a whole. `distribute` sets weights; failing over needs outlier detection,
for without it no endpoint is ever given up.
Source: istio pilot/pkg/networking/core/loadbalancer/loadbalancer.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from proxy.registry.service import Labels, Locality
from proxy.registry.traffic_policy import Policy
from schemas.types.locality import LocalityLoadBalancerSetting

REGION, ZONE, SUB_ZONE = (
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.istio.io/subzone",
)
NETWORK, CLUSTER = "topology.istio.io/network", "topology.istio.io/cluster"


class Placement(NamedTuple):
    """Where a client is, as far as a plan asks: its locality, and its values of the labels the plan names."""

    locality: Locality
    labels: Labels = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A setting that makes a difference: shares by locality, or who takes over from whom.

    `distribute` is (from, ((to, share), ...)); `failover` is (from region, to region); `priority` names labels, or
    `label=value`.
    """

    distribute: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = ()
    failover: tuple[tuple[str, str], ...] = ()
    priority: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the client that matter, sorted."""
        return tuple(sorted({word for word in self.priority if "=" not in word}))

    @property
    def by_locality(self) -> bool:
        """Whether the client's locality matters as such."""
        return bool(self.distribute or self.failover or not self.priority)


def is_weighted(policy: Policy, mesh: LocalityLoadBalancerSetting) -> bool:
    """Whether localities are weighed at all."""
    return _setting(policy, mesh) is not None


def plan_of(policy: Policy, mesh: LocalityLoadBalancerSetting) -> Plan | None:
    """The plan of a policy; None where every client sees the endpoints alike."""
    setting = _setting(policy, mesh)
    if setting is None:
        return None
    if setting.distribute:
        return Plan(
            distribute=tuple(
                (item.from_, tuple(sorted(item.to.items(), key=lambda pair: (-len(pair[0]), pair[0]))))
                for item in setting.distribute
            )
        )
    if policy.outlier_detection is None:
        return None
    return Plan(failover=tuple((item.from_, item.to) for item in setting.failover), priority=setting.failover_priority)


def _setting(policy: Policy, mesh: LocalityLoadBalancerSetting) -> LocalityLoadBalancerSetting | None:
    own = policy.load_balancer.locality_lb_setting if policy.load_balancer is not None else None
    setting = own if own is not None else mesh
    return setting if setting.enabled is not False else None


def matches(place: Locality, pattern: str) -> bool:
    """Whether a place is one that `region/zone/subzone` means; a missing or `*` part means any."""
    wanted = Locality.parse(pattern)
    return (
        wanted.region in ("*", place.region)
        and wanted.zone in ("*", "", place.zone)
        and wanted.sub_zone in ("*", "", place.sub_zone)
    )


def augmented(labels: Labels, place: Locality, network: str = "", cluster: str = "") -> dict[str, str]:
    """Labels, and where the workload is as if those were labels too."""
    own = {REGION: place.region, ZONE: place.zone, SUB_ZONE: place.sub_zone, NETWORK: network, CLUSTER: cluster}
    return {**{name: value for name, value in own.items() if value}, **dict(labels)}


def distance(client: Locality, place: Locality) -> int:
    """How far a place is: 0 the same subzone, 1 the same zone, 2 the same region, 3 another region."""
    if client.region != place.region:
        return 3
    if client.zone != place.zone:
        return 2
    return int(client.sub_zone != place.sub_zone)
