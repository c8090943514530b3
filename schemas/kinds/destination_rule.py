"""DestinationRule: policies for traffic to a service, and its subsets. Pure model.

Source: istio.io/api networking/v1alpha3/destination_rule.proto and the CRD generated from it (1.30).
"""

from __future__ import annotations

from pydantic import Field

from schemas.types.message import Message
from schemas.types.selector import LabelSelector
from schemas.types.traffic_policy import TrafficPolicy


class Subset(Message):
    """Endpoints of a service with some labels, under a name that routes use."""

    name: str
    labels: dict[str, str] = Field(default_factory=dict)
    traffic_policy: TrafficPolicy | None = None


class DestinationRule(Message):
    """What applies to traffic for `host` once routing is done."""

    host: str
    traffic_policy: TrafficPolicy | None = None
    subsets: tuple[Subset, ...] = ()
    export_to: tuple[str, ...] = ()
    workload_selector: LabelSelector | None = None
