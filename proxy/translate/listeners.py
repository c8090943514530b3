"""Which listeners a proxy has. Pure."""

from __future__ import annotations

from pipeline.derive import View
from proxy.ref import Ref
from proxy.scope import ProxyType, Scope
from proxy.translate.gateway_listeners import gateway_listener_refs
from proxy.translate.outbound_listeners import outbound_listener_refs


def listener_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """The listeners of a proxy, by name (a rule)."""
    if scope.type is ProxyType.ROUTER:
        return gateway_listener_refs(view, scope)
    return outbound_listener_refs(view, scope)
