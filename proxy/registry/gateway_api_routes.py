"""VirtualServices that are made of HTTPRoutes: one for each host of a listener, of all its routes. Pure rules.

The most specific match comes first; of equal ones that of the oldest route.
Source: istio pilot/pkg/config/kube/gateway/conversion.go (mergeHTTPRoutes, sortHTTPRoutes).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.registry.gateway_api_attachment import attached_routes, listener_hosts
from proxy.registry.gateway_api_gateways import ListenerOf, listener_of
from proxy.registry.gateway_api_rules import ranked_routes
from schemas.kinds.virtual_service import VirtualService

_PUBLIC: Final = ("*",)
_BETWEEN: Final = "~for~"


class HostOf(NamedTuple):
    """A host of a listener."""

    listener: ListenerOf
    host: str

    @property
    def key(self) -> Key:
        """The key of the VirtualService that is made for it; no object of a user's can have such a name."""
        gateway = self.listener.key
        return Key("VirtualService", gateway.namespace, f"{self.host}{_BETWEEN}{gateway.name}")


class MadeOfRoutes(NamedTuple):
    """The VirtualService of a host of a listener, and the creation time of the oldest route that it is made of."""

    created: str
    spec: VirtualService


def host_of(key: Key) -> HostOf | None:
    """The host of a listener that such a key is of; None for any other key."""
    host, between, gateway = key.name.partition(_BETWEEN)
    listener = listener_of(key.namespace, gateway) if between else None
    return HostOf(listener, host) if listener is not None else None


def listener_routings(view: View, listener: ListenerOf) -> tuple[Key, ...]:
    """The VirtualServices of a listener."""
    return tuple(HostOf(listener, host).key for host in view.derive(listener_hosts, listener))


def listener_virtual_service(view: View, name: HostOf) -> MadeOfRoutes | None:
    """The VirtualService of a host of a listener (a rule)."""
    routes = [route for route in view.derive(attached_routes, name.listener) if name.host in route.hosts]
    ranked = [item for route in routes for item in view.derive(ranked_routes, route.key)]
    ranked.sort(key=lambda item: item.rank)
    if not ranked:
        return None
    gateway = name.listener.key
    spec = VirtualService(
        hosts=(name.host,),
        gateways=(f"{gateway.namespace}/{gateway.name}",),
        http=tuple(item.route for item in ranked),
        export_to=_PUBLIC,
    )
    return MadeOfRoutes(routes[0].created, spec)
