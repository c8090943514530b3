"""The Gateway API: which routes name which Gateways. Pure rules.

Which Gateways are ours is said in `pipeline.stages.gateway_class`, what may refer to what in
`pipeline.stages.reference_grants`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.typed import typed_as
from schemas.gateway_api_kinds import GROUP
from schemas.kinds.gateway_api_http_route import HTTPRoute

HTTP_ROUTE: Final = "HTTPRoute"


class Parent(NamedTuple):
    """The group of the routes that name a Gateway as a parent."""

    namespace: str
    name: str


def route_parents(view: View, key: Key) -> tuple[Parent, ...]:
    """The Gateways that an HTTPRoute names (the groups of an index)."""
    spec = typed_as(view, key, HTTPRoute)
    refs = spec.parent_refs if spec is not None else ()
    ours = (ref for ref in refs if (ref.group, ref.kind) == (GROUP, "Gateway"))
    return tuple(dict.fromkeys(Parent(ref.namespace or key.namespace, ref.name) for ref in ours))
