"""GatewayClass of the Gateway API: which controller Gateways of a class are for. Pure model."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.types.gateway_api_names import Group, KindName, Namespace, ObjectName
from schemas.types.message import LenientMessage


class ParametersReference(LenientMessage):
    """An object with further settings."""

    group: Group
    kind: KindName
    name: ObjectName
    namespace: Namespace | None = None


class GatewayClass(LenientMessage):
    """The `spec` of a GatewayClass."""

    controller_name: Annotated[str, Field(min_length=1, max_length=253)]
    parameters_ref: ParametersReference | None = None
    description: Annotated[str, Field(max_length=64)] | None = None
