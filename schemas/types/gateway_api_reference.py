"""References between objects of the Gateway API. Pure.

Source: https://gateway-api.sigs.k8s.io/reference/spec/ and apis/v1/object_reference_types.go, shared_types.go (1.5).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.gateway_api_kinds import GROUP
from schemas.types.gateway_api_names import Group, KindName, Namespace, ObjectName, SectionName
from schemas.types.integers import PortNumber
from schemas.types.message import LenientMessage

Weight = Annotated[int, Field(ge=0, le=1_000_000)]


class ParentReference(LenientMessage):
    """What a route is attached to: a Gateway, one of its listeners, a Service."""

    group: Group = GROUP
    kind: KindName = "Gateway"
    namespace: Namespace | None = None
    name: ObjectName
    section_name: SectionName | None = None
    port: PortNumber | None = None


class BackendObjectReference(LenientMessage):
    """Where traffic goes: most often a port of a Service."""

    group: Group = ""
    kind: KindName = "Service"
    name: ObjectName
    namespace: Namespace | None = None
    port: PortNumber | None = None


class BackendRef(BackendObjectReference):
    """Where a share of the traffic goes."""

    weight: Weight = 1


class SecretObjectReference(LenientMessage):
    """A certificate, most often a Secret."""

    group: Group = ""
    kind: KindName = "Secret"
    name: ObjectName
    namespace: Namespace | None = None


class ObjectReference(LenientMessage):
    """Any object."""

    group: Group
    kind: KindName
    name: ObjectName
    namespace: Namespace | None = None


class LocalObjectReference(LenientMessage):
    """Any object of the same namespace."""

    group: Group
    kind: KindName
    name: ObjectName


class PolicyTargetReference(LenientMessage):
    """What a policy is for: an object of the same namespace, or a part of it."""

    group: Group
    kind: KindName
    name: ObjectName
    section_name: SectionName | None = None
