"""Which Gateways of the Gateway API are ours. Pure rules.

Those of a GatewayClass of the controller `istio.io/gateway-controller`; and those of the class `istio` where there is
no object of that name, for Istio makes that one by itself.
Source: istio pilot/pkg/config/kube/gateway/gatewayclass.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.model.key import Key
from pipeline.stages.typed import typed_as
from schemas.gateway_api_kinds import GROUP
from schemas.kinds.gateway_api_gateway import Gateway
from schemas.kinds.gateway_api_gateway_class import GatewayClass

if TYPE_CHECKING:
    from pipeline.derive import View

API_GATEWAY: Final = f"Gateway.{GROUP}"
"""The kind of Gateways of the Gateway API, as keys have it."""
CONTROLLER: Final = "istio.io/gateway-controller"
_OWN_CLASS: Final = "istio"


def own_gateway(view: View, key: Key) -> Gateway | None:
    """A Gateway of a class of ours, None for every other (a rule)."""
    spec = typed_as(view, key, Gateway)
    return spec if spec is not None and view.derive(is_own_class, spec.gateway_class_name) else None


def is_own_class(view: View, name: str) -> bool:
    """Whether a class of that name is ours (a rule)."""
    key = Key("GatewayClass", "", name)
    if view.get(key) is None:
        return name == _OWN_CLASS
    found = typed_as(view, key, GatewayClass)
    return found is not None and found.controller_name == CONTROLLER
