"""What a policy applies to: workloads by their labels, or an object that it names. Pure.

Source: istio.io/api type/v1beta1/selector.proto (1.30).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.types.integers import UInt32
from schemas.types.message import Message
from schemas.types.selector import LabelSelector

MOST_TARGETS = 16
"""Objects that a policy may name."""


class PolicyTargetReference(Message):
    """An object of the policy's own namespace: a Gateway, a GatewayClass, a Service, a ServiceEntry."""

    kind: str
    name: str
    group: str = ""
    namespace: str = ""


class PolicyTargets(Message):
    """The fields by which a policy says to whom it applies; at most one of them is set."""

    selector: LabelSelector | None = None
    target_refs: Annotated[tuple[PolicyTargetReference, ...], Field(max_length=MOST_TARGETS)] = ()


class TargetedPolicy(PolicyTargets):
    """The same, with the field for a single object that older kinds have."""

    target_ref: PolicyTargetReference | None = None


class PortSelector(Message):
    """A port by its number."""

    number: UInt32
