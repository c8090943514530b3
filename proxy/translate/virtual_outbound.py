"""`virtualOutbound`: where captured connections arrive, to be handed to the listener of their destination. Pure rules.

What no listener takes passes on or leads nowhere, as the mesh or the Sidecar says; what was addressed to this port
itself leads nowhere, or it would come back for ever.
Source: istio pilot/pkg/networking/core/listener.go (buildVirtualOutboundListener).
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.derive import View
from proxy.encoded import Encoded
from proxy.naming import BLACKHOLE_CLUSTER, VIRTUAL_OUTBOUND, listener
from proxy.ref import Ref
from proxy.registry.vantage import Vantage
from proxy.translate.access_log import AccessLogs, http_access_logs
from proxy.translate.filter_chains import Chain, Match
from proxy.translate.http_connection_manager import ConnectionManager, connection_manager
from proxy.translate.listener_message import ListenerPlan, encoded_listener, listener_message
from proxy.translate.listener_settings import listener_settings
from proxy.translate.outbound_binds import ANYWHERE, LOOPBACK
from proxy.translate.outbound_hosts import HTTP_PROXY
from proxy.translate.outbound_listeners import fall_through
from proxy.translate.tcp_proxy import TcpTarget, tcp_proxy


class VirtualOutbound(NamedTuple):
    """What decides the listener; `transparent` is TPROXY."""

    vantage: Vantage
    transparent: bool = False


def virtual_outbound(view: View, key: VirtualOutbound) -> Encoded:
    """The listener (a rule)."""
    port = view.derive(listener_settings, None).outbound_port
    plan = ListenerPlan(
        name=VIRTUAL_OUTBOUND,
        bind=ANYWHERE,
        port=port,
        chains=(
            black_hole(VIRTUAL_OUTBOUND, port),
            fall_through(view, key.vantage, f"{VIRTUAL_OUTBOUND}-catchall-tcp"),
        ),
        restores_destination=True,
        transparent=key.transparent,
    )
    return encoded_listener(listener_message(plan))


def black_hole(name: str, port: int) -> Chain:
    """What was addressed to the listener's own port leads nowhere."""
    proxy = tcp_proxy((TcpTarget(BLACKHOLE_CLUSTER),), BLACKHOLE_CLUSTER, AccessLogs())
    return Chain(filters=(proxy,), match=Match(port=port), name=f"{name}-blackhole")


def http_proxy_refs(view: View, vantage: Vantage) -> tuple[Ref, ...]:
    """The listener for clients that are told of the proxy (`proxyHttpPort`), none unless the mesh has one."""
    port = view.derive(listener_settings, None).http_proxy_port
    return (Ref(listener(LOOPBACK, port), http_proxy, vantage),) if port else ()


def http_proxy(view: View, vantage: Vantage) -> Encoded:
    """That listener (a rule)."""
    settings = view.derive(listener_settings, None)
    manager = ConnectionManager(
        route=HTTP_PROXY,
        stat_prefix=HTTP_PROXY,
        settings=settings,
        logs=view.derive(http_access_logs, vantage),
        proxied=True,
    )
    plan = ListenerPlan(
        name=listener(LOOPBACK, settings.http_proxy_port),
        bind=LOOPBACK,
        port=settings.http_proxy_port,
        chains=(Chain(filters=(connection_manager(manager),)),),
        own=True,
    )
    return encoded_listener(listener_message(plan))
