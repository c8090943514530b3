"""Selectors of workloads by their labels, in the two forms that Istio has. Pure."""

from __future__ import annotations

from pydantic import Field

from schemas.types.message import Message


class WorkloadSelector(Message):
    """Selects by `labels`: Sidecar, ServiceEntry, EnvoyFilter."""

    labels: dict[str, str] = Field(default_factory=dict)


class LabelSelector(Message):
    """Selects by `matchLabels`: DestinationRule and the policies (`istio.type.v1beta1.WorkloadSelector`)."""

    match_labels: dict[str, str] = Field(default_factory=dict)
