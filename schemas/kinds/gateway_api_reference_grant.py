"""ReferenceGrant of the Gateway API: which objects of other namespaces may refer to which of this one. Pure model."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.types.gateway_api_names import Group, KindName, Namespace, ObjectName
from schemas.types.message import LenientMessage


class ReferenceGrantFrom(LenientMessage):
    """Who may refer."""

    group: Group
    kind: KindName
    namespace: Namespace


class ReferenceGrantTo(LenientMessage):
    """What may be referred to; every object of the kind where no name is given."""

    group: Group
    kind: KindName
    name: ObjectName | None = None


class ReferenceGrant(LenientMessage):
    """The `spec` of a ReferenceGrant."""

    from_: Annotated[tuple[ReferenceGrantFrom, ...], Field(max_length=16, alias="from")]
    to: Annotated[tuple[ReferenceGrantTo, ...], Field(max_length=16)]
