"""What a gateway proxy listens on: one listener a port and address of its merged Gateways. Pure rules.

Source: istio pilot/pkg/networking/core/gateway.go (buildGatewayListeners).
"""

from __future__ import annotations

from typing import Final

from pipeline.derive import View
from proxy.encoded import Encoded
from proxy.naming import listener
from proxy.ref import Ref
from proxy.registry.gateways import GatewayProxy, MergedPort, ServerKind, merged_gateway
from proxy.scope import Flavour, Scope, vantage_of
from proxy.translate.gateway_chains import GatewayPort, gateway_chains
from proxy.translate.listener_filters import proxy_protocol
from proxy.translate.listener_message import ListenerPlan, can_listen, encoded_listener, listener_message
from proxy.translate.listener_settings import listener_settings

_ANYWHERE: Final = "0.0.0.0"  # noqa: S104  where the proxy listens, as Gateways ask
_BUFFER: Final = 32_768


def gateway_listener_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """The listeners of a gateway proxy, by name."""
    proxy = GatewayProxy(scope.namespace, scope.labels)
    vantage, agent = vantage_of(scope), scope.flavour is Flavour.ISTIO
    found = {
        listener(bind, merged.port): GatewayPort(proxy, vantage, merged.port, merged.bind, agent)
        for merged in reversed(view.derive(merged_gateway, proxy))
        if can_listen(bind := merged.bind or _ANYWHERE, merged.port)
    }
    return tuple(Ref(name, gateway_listener, found[name]) for name in sorted(found))


def gateway_listener(view: View, key: GatewayPort) -> Encoded | None:
    """One listener; None where no route leads anywhere from it (a rule)."""
    merged = view.derive(merged_port, key)
    if merged is None:
        return None
    bind = merged.bind or _ANYWHERE
    name = listener(bind, merged.port)
    chains = gateway_chains(view, key, merged, f"outbound_{name}")
    if not chains:
        return None
    settings = view.derive(listener_settings, None)
    plan = ListenerPlan(
        name=name,
        bind=bind,
        port=merged.port,
        chains=chains,
        filters=(proxy_protocol(),) if settings.proxy_protocol else (),
        buffer_limit=_BUFFER if merged.kind is not ServerKind.TCP else 0,
    )
    return encoded_listener(listener_message(plan))


def merged_port(view: View, key: GatewayPort) -> MergedPort | None:
    """What is served on one port, so that another port's change touches it not (a rule)."""
    return next(
        (
            merged
            for merged in view.derive(merged_gateway, key.proxy)
            if (merged.port, merged.bind) == (key.port, key.bind)
        ),
        None,
    )
