"""One outbound listener of a sidecar: HTTP by its routes, TCP and TLS by filter chains, the rest passed on. Pure rules.

The key holds all that was resolved for it, so that a service that joins the HTTP of a port touches no listener.
Source: istio pilot/pkg/networking/core/listener.go.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.encoded import Encoded
from proxy.naming import BLACKHOLE_CLUSTER, listener
from proxy.registry.seen import service_seen
from proxy.registry.service import Labels
from proxy.registry.vantage import Vantage, VisibleHost
from proxy.translate.access_log import http_access_logs, tcp_access_logs
from proxy.translate.filter_chains import HTTP_WORDS, PLAIN, Chain, Match
from proxy.translate.http_connection_manager import ConnectionManager, connection_manager
from proxy.translate.listener_message import ListenerPlan, encoded_listener, listener_message
from proxy.translate.listener_settings import listener_settings
from proxy.translate.outbound_binds import ANYWHERE
from proxy.translate.outbound_rest import outbound_rest
from proxy.translate.outbound_tcp import ShareAt, share_chains
from proxy.translate.tcp_proxy import TcpTarget, tcp_proxy

FALL_THROUGH: Final = "PassthroughFilterChain"


class Share(NamedTuple):
    """A service that is not told apart by HTTP routes, or not only: its part of a listener."""

    host: str
    service: Key
    ports: tuple[int, ...] | None
    tls: bool
    cidr: str = ""
    dynamic: bool = False


class OutboundListener(NamedTuple):
    """A listener. `route` is its route configuration, empty without HTTP; `own` that it binds a port of its own.

    `because` is the service that it is there for, the oldest, read so that a refusal can be traced to where it is
    written; the routes of the others come and go without the listener.
    """

    vantage: Vantage
    bind: str
    port: int
    own: bool
    route: str = ""
    grpc_web: bool = False
    dynamic: bool = False
    because: VisibleHost | None = None
    shares: tuple[Share, ...] = ()
    labels: Labels = ()


def outbound_listener(view: View, key: OutboundListener) -> Encoded:
    """The listener (a rule)."""
    settings = view.derive(listener_settings, None)
    if key.because is not None:
        service_seen(view, key.because)
    name = listener(key.bind, key.port)
    anywhere = key.bind in (ANYWHERE, "::") and not key.own
    http = (_http_chain(view, key, name, told_apart=anywhere or bool(key.shares)),) if key.route else ()
    plan = ListenerPlan(
        name=name,
        bind=key.bind,
        port=key.port,
        chains=(*http, *_tcp_chains(view, key)),
        default=fall_through(view, key.vantage) if anywhere else None,
        own=key.own,
        detection_timeout=settings.detection_timeout,
    )
    return encoded_listener(listener_message(plan))


def fall_through(view: View, vantage: Vantage, name: str = FALL_THROUGH) -> Chain:
    """What becomes of connections that nobody serves: they pass, or lead nowhere, as the mesh or the Sidecar says."""
    cluster = view.derive(outbound_rest, vantage).cluster or BLACKHOLE_CLUSTER
    logs = view.derive(tcp_access_logs, vantage)
    return Chain(filters=(tcp_proxy((TcpTarget(cluster),), cluster, logs),), name=name)


def _http_chain(view: View, key: OutboundListener, name: str, *, told_apart: bool) -> Chain:
    manager = ConnectionManager(
        route=key.route,
        stat_prefix=f"outbound_{name}",
        settings=view.derive(listener_settings, None),
        logs=view.derive(http_access_logs, key.vantage),
        grpc_web=key.grpc_web,
        proxied=not key.port,
        dynamic=key.dynamic,
    )
    match = Match(transport=PLAIN, protocols=HTTP_WORDS) if told_apart else Match()
    return Chain(filters=(connection_manager(manager),), match=match)


def _tcp_chains(view: View, key: OutboundListener) -> tuple[Chain, ...]:
    by_name = key.bind in (ANYWHERE, "::") or len(key.shares) > 1
    return tuple(
        chain
        for share in key.shares
        for chain in share_chains(
            view,
            ShareAt(
                vantage=key.vantage,
                host=share.host,
                service=share.service,
                ports=share.ports,
                port=key.port,
                tls=share.tls,
                cidr=share.cidr,
                by_name=by_name or bool(share.cidr),
                dynamic=share.dynamic,
                labels=key.labels,
            ),
        )
    )
