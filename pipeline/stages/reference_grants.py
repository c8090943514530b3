"""Whether an object may refer to one of another namespace, by ReferenceGrants of the Gateway API. Pure rules.

Source: https://gateway-api.sigs.k8s.io/api-types/referencegrant/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pipeline.stages.typed import typed_as
from schemas.kinds.gateway_api_reference_grant import ReferenceGrant

if TYPE_CHECKING:
    from pipeline.derive import View
    from pipeline.model.key import Key

REFERENCE_GRANT: Final = "ReferenceGrant"


class Reference(NamedTuple):
    """A reference from objects of a kind and a namespace to an object of a namespace."""

    from_group: str
    from_kind: str
    from_namespace: str
    group: str
    kind: str
    namespace: str
    name: str


def is_granted(view: View, reference: Reference) -> bool:
    """Whether the object may be referred to: it is of the same namespace, or a grant of its own says so (a rule)."""
    if reference.namespace == reference.from_namespace:
        return True
    keys = view.lookup(granting_namespace, REFERENCE_GRANT, reference.namespace)
    return any(_grants(typed_as(view, key, ReferenceGrant), reference) for key in keys)


def granting_namespace(_: View, key: Key) -> tuple[str]:
    """The namespace whose objects a grant is about (the groups of an index)."""
    return (key.namespace,)


def _grants(grant: ReferenceGrant | None, reference: Reference) -> bool:
    if grant is None:
        return False
    who = reference[:3]
    what = (reference.group, reference.kind)
    return any((item.group, item.kind, item.namespace) == who for item in grant.from_) and any(
        (item.group, item.kind) == what and item.name in (None, "", reference.name) for item in grant.to
    )
