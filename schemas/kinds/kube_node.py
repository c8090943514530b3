"""Kubernetes Node, as far as it is read: region and zone are labels of the metadata. Pure model."""

from __future__ import annotations

from pydantic import Field

from schemas.types.message import LenientMessage


class Node(LenientMessage):
    """The `spec` of a Node."""

    pod_cidr: str = Field(default="", alias="podCIDR")
    provider_id: str = Field(default="", alias="providerID")
    unschedulable: bool = False
