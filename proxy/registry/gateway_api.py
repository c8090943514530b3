"""The Gateway API: which Gateways are ours, which routes name which parents, which references are granted. Pure rules.

A GatewayClass of the controller `istio.io/gateway-controller` is ours; so is the class `istio` where there is no object
of that name, for Istio makes that one by itself.
Sources: istio pilot/pkg/config/kube/gateway (gatewayclass.go, references_collection.go) and
https://gateway-api.sigs.k8s.io/api-types/referencegrant/.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.registry.services import in_namespace
from proxy.typed import typed_as
from schemas.gateway_api_kinds import GROUP
from schemas.kinds.gateway_api_gateway import Gateway
from schemas.kinds.gateway_api_gateway_class import GatewayClass
from schemas.kinds.gateway_api_http_route import HTTPRoute
from schemas.kinds.gateway_api_reference_grant import ReferenceGrant

API_GATEWAY: Final = f"Gateway.{GROUP}"
"""The kind of Gateways of the Gateway API, as keys have it."""
HTTP_ROUTE: Final = "HTTPRoute"
REFERENCE_GRANT: Final = "ReferenceGrant"
CONTROLLER: Final = "istio.io/gateway-controller"
_OWN_CLASS: Final = "istio"


class Parent(NamedTuple):
    """The group of the routes that name a Gateway as a parent."""

    namespace: str
    name: str


class Reference(NamedTuple):
    """A reference from objects of a kind and a namespace to an object of another namespace."""

    from_group: str
    from_kind: str
    from_namespace: str
    group: str
    kind: str
    namespace: str
    name: str


def own_gateway(view: View, key: Key) -> Gateway | None:
    """A Gateway of a class of ours, None for every other (a rule)."""
    spec = typed_as(view, key, Gateway)
    if spec is None:
        return None
    class_key = Key("GatewayClass", "", spec.gateway_class_name)
    if view.get(class_key) is None:
        return spec if spec.gateway_class_name == _OWN_CLASS else None
    found = typed_as(view, class_key, GatewayClass)
    return spec if found is not None and found.controller_name == CONTROLLER else None


def route_parents(view: View, key: Key) -> tuple[Parent, ...]:
    """The Gateways that an HTTPRoute names (the groups of an index)."""
    spec = typed_as(view, key, HTTPRoute)
    refs = spec.parent_refs if spec is not None else ()
    ours = (ref for ref in refs if (ref.group, ref.kind) == (GROUP, "Gateway"))
    return tuple(dict.fromkeys(Parent(ref.namespace or key.namespace, ref.name) for ref in ours))


def is_granted(view: View, reference: Reference) -> bool:
    """Whether an object may refer to one of another namespace: a ReferenceGrant of that one says so (a rule)."""
    if reference.namespace == reference.from_namespace:
        return True
    keys = view.lookup(in_namespace, REFERENCE_GRANT, reference.namespace)
    return any(_grants(typed_as(view, key, ReferenceGrant), reference) for key in keys)


def _grants(grant: ReferenceGrant | None, reference: Reference) -> bool:
    if grant is None:
        return False
    who = reference[:3]
    what = (reference.group, reference.kind)
    return any((item.group, item.kind, item.namespace) == who for item in grant.from_) and any(
        (item.group, item.kind) == what and item.name in (None, "", reference.name) for item in grant.to
    )
