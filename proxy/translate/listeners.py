"""Which listeners a proxy has. Pure."""

from __future__ import annotations

from ipaddress import ip_address

from pipeline.derive import View
from proxy.naming import VIRTUAL_OUTBOUND, is_ip, listener
from proxy.ref import Ref
from proxy.registry.virtual_services import MESH
from proxy.scope import Flavour, ProxyType, Scope, vantage_of
from proxy.translate.gateway_listeners import gateway_listener_refs
from proxy.translate.inbound_listeners import InboundSide, inbound_listener_refs
from proxy.translate.layer4_routes import asked_labels
from proxy.translate.listener_settings import listener_settings
from proxy.translate.outbound_binds import ANYWHERE
from proxy.translate.outbound_plan import OutboundSide, outbound_plan
from proxy.translate.virtual_outbound import VirtualOutbound, http_proxy_refs, virtual_outbound


def listener_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """The listeners of a proxy, by name (a rule)."""
    if scope.type is ProxyType.ROUTER:
        return gateway_listener_refs(view, scope)
    vantage = vantage_of(scope)
    own, transparent = scope.interception_mode == "NONE", scope.interception_mode == "TPROXY"
    asked = view.derive(asked_labels, MESH)
    labels = tuple(pair for pair in scope.labels if pair[0] in asked)
    outbound = view.derive(outbound_plan, OutboundSide(vantage, own, labels))
    address = next((text for text in scope.addresses if is_ip(text) and not ip_address(text).is_loopback), "")
    agent = scope.flavour is Flavour.ISTIO
    inbound = inbound_listener_refs(view, InboundSide(scope.instances, vantage, own, transparent, address, agent))
    virtual = () if own else (Ref(VIRTUAL_OUTBOUND, virtual_outbound, VirtualOutbound(vantage, transparent)),)
    found = {ref.name: ref for ref in (*inbound, *outbound, *http_proxy_refs(view, vantage), *virtual)}
    if not own:
        settings = view.derive(listener_settings, None)
        for port in (settings.outbound_port, settings.inbound_port):  # captured traffic arrives there
            found.pop(listener(ANYWHERE, port), None)
    return tuple(found[name] for name in sorted(found))
