"""ListenerSet of the Gateway API, XListenerSet in its experimental group: listeners for a Gateway. Pure model."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.gateway_api_kinds import GROUP
from schemas.types.gateway_api_listener import Listener
from schemas.types.gateway_api_names import Group, KindName, Namespace, ObjectName
from schemas.types.message import LenientMessage


class ParentGatewayReference(LenientMessage):
    """The Gateway that gains the listeners."""

    group: Group = GROUP
    kind: KindName = "Gateway"
    name: ObjectName
    namespace: Namespace | None = None


class ListenerSet(LenientMessage):
    """The `spec` of a ListenerSet."""

    parent_ref: ParentGatewayReference
    listeners: Annotated[tuple[Listener, ...], Field(max_length=64)]
