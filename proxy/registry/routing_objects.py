"""VirtualServices, written as such or made of other kinds: which are on a gateway, and what each says. Pure rules."""

from __future__ import annotations

from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.registry.gateway_api_gateways import listener_of
from proxy.registry.gateway_api_routes import host_of, listener_routings, listener_virtual_service
from proxy.registry.ingress_gateways import ingress_of
from proxy.registry.ingress_routes import ingress_routings, ingress_virtual_service, routed_host
from proxy.registry.route_semantics import Semantics, semantics_of
from proxy.typed import typed_as
from schemas.kinds.virtual_service import VirtualService

VIRTUAL_SERVICE: Final = "VirtualService"


class RoutingObject(NamedTuple):
    """A VirtualService, when it came to be, and whose rules it follows."""

    spec: VirtualService
    created: str
    semantics: Semantics


def routing_object(view: View, key: Key) -> RoutingObject | None:
    """The VirtualService of a key, None where there is none."""
    if host := routed_host(key):
        made = view.derive(ingress_virtual_service, host)
        return RoutingObject(made.spec, made.created, Semantics.INGRESS) if made is not None else None
    if (name := host_of(key)) is not None:
        routed = view.derive(listener_virtual_service, name)
        return RoutingObject(routed.spec, routed.created, Semantics.GATEWAY) if routed is not None else None
    resource = view.get(key)
    spec = typed_as(view, key, VirtualService)
    if resource is None or spec is None:
        return None
    return RoutingObject(spec, resource.created, semantics_of(resource.annotations))


def made_routings(view: View, gateway: str) -> tuple[Key, ...]:
    """The keys of the VirtualServices on a gateway (`namespace/name`) that are made of other kinds."""
    namespace, _, name = gateway.partition("/")
    if (listener := listener_of(namespace, name)) is not None:
        return listener_routings(view, listener)
    ingress = ingress_of(view, namespace, name)
    return ingress_routings(view, ingress) if ingress is not None else ()
