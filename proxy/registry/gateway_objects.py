"""Gateways, written as such or made of other kinds: where each is, and what it says. Pure rules.

What somebody wrote comes before what would be made under the same name.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.registry.gateway_api_gateways import (
    ListenerOf,
    listener_gateway,
    listener_gateway_keys,
    listener_of,
)
from proxy.registry.ingress_gateways import ingress_gateway, ingress_gateway_keys, ingress_of
from proxy.typed import typed_as
from schemas.kinds.gateway import Gateway

GATEWAY: Final = "Gateway"


class GatewayObject(NamedTuple):
    """A Gateway, when it came to be, and the object that somebody wrote, which is the Gateway itself or its origin.

    Where `proxies` is not empty, only proxies of that namespace serve it.
    """

    spec: Gateway
    created: str
    origin: Key
    proxies: str = ""


def gateway_keys(view: View, _: None) -> tuple[Key, ...]:
    """The keys of all Gateways (a rule)."""
    made = (*view.derive(ingress_gateway_keys, None), *view.derive(listener_gateway_keys, None))
    return tuple(dict.fromkeys((*view.keys(GATEWAY), *made)))


def gateway_object(view: View, key: Key) -> GatewayObject | None:
    """The Gateway of a key, None where there is none."""
    resource = view.get(key)
    if resource is not None:
        written = typed_as(view, key, Gateway)
        return GatewayObject(written, resource.created, key) if written is not None else None
    if (listener := listener_of(key.namespace, key.name)) is not None:
        return _of_listener(view, listener)
    ingress = ingress_of(view, key.namespace, key.name)
    made = view.derive(ingress_gateway, ingress) if ingress is not None else None
    origin = view.get(ingress) if ingress is not None else None
    if ingress is None or made is None or origin is None:
        return None
    return GatewayObject(made, origin.created, ingress)


def _of_listener(view: View, listener: ListenerOf) -> GatewayObject | None:
    made = view.derive(listener_gateway, listener)
    origin = view.get(listener.gateway)
    if made is None or origin is None:
        return None
    return GatewayObject(made.spec, origin.created, listener.gateway, made.namespace)
