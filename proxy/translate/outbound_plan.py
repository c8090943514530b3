"""Which outbound listeners a sidecar has, and which services are behind each of them. Pure rules.

Services that want the same address and port share a listener: HTTP through its routes, the rest by filter chains, the
oldest first; HTTP and TCP together are told apart by the first bytes, never on ports where the server speaks first. Of
a Sidecar's egress listeners the first to take an address and port keeps it.
Source: istio pilot/pkg/networking/core/listener.go (buildSidecarOutboundListener).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from pipeline.derive import View
from proxy.naming import listener
from proxy.ref import Ref
from proxy.registry.egress import EgressListener, egress_listeners
from proxy.registry.protocols import parse_protocol
from proxy.registry.seen import service_seen, visible_hosts
from proxy.registry.service import Labels, Protocol, Resolution
from proxy.registry.vantage import Vantage, VisibleHost
from proxy.translate.listener_message import UNIX, can_listen, socket_path
from proxy.translate.outbound_binds import ANYWHERE, LOOPBACK, Bind, ServiceBinds, service_binds
from proxy.translate.outbound_listeners import OutboundListener, Share, outbound_listener

_SERVER_SPEAKS_FIRST: Final = frozenset({25, 53, 3306, 27017})


class OutboundSide(NamedTuple):
    """What decides a sidecar's outbound listeners: `own` that nothing is captured, `labels` what TCP routes ask for."""

    vantage: Vantage
    own: bool
    labels: Labels = ()


class _Want(NamedTuple):
    """A service that wants a listener; sorts by its age."""

    created: str
    seen: VisibleHost
    share: Share
    protocol: Protocol


class _Place(NamedTuple):
    """An address and port."""

    bind: str
    port: int


class _Wanted(NamedTuple):
    """A listener that services want: bound to a port of its own or not, for a Sidecar's own port or not."""

    own: bool
    explicit: Protocol | None
    wants: list[_Want]


def outbound_plan(view: View, side: OutboundSide) -> tuple[Ref, ...]:
    """The outbound listeners, by name (a rule)."""
    found: dict[_Place, _Wanted] = {}
    for one in _egress(view, side.vantage):
        mine = _everything(view, side, one) if one is None or one.port is None else _explicit(view, side, one)
        for place, wanted in mine.items():
            found.setdefault(place, wanted)
    keys = (_listener(side, place, wanted) for place, wanted in found.items() if can_listen(place.bind, place.port))
    refs = {listener(key.bind, key.port): key for key in keys if key is not None}
    return tuple(Ref(name, outbound_listener, refs[name]) for name in sorted(refs))


def _egress(view: View, vantage: Vantage) -> tuple[EgressListener | None, ...]:
    return (None,) if vantage.sidecar is None else view.derive(egress_listeners, vantage)


def _everything(view: View, side: OutboundSide, egress: EgressListener | None) -> dict[_Place, _Wanted]:
    """The listeners on the services' own ports."""
    own = _binds_itself(side, egress)
    bind = (egress.bind if egress is not None else "") or (LOOPBACK if own else "")
    hosts = egress.hosts if egress is not None else view.derive(visible_hosts, side.vantage)
    found: dict[_Place, _Wanted] = {}
    for seen in hosts:
        for each in view.derive(service_binds, ServiceBinds(seen, bind)):
            wanted = found.setdefault(_Place(each.bind, each.port), _Wanted(own, None, []))
            wanted.wants.append(_want(seen, each))
    return found


def _explicit(view: View, side: OutboundSide, egress: EgressListener) -> dict[_Place, _Wanted]:
    """The listener on a port that the Sidecar names, of the protocol that it says."""
    assert egress.port is not None
    own = _binds_itself(side, egress)
    bind = egress.bind or (LOOPBACK if own else ANYWHERE)
    name = egress.port.protocol
    protocol = Protocol.HTTP if name.upper() == "HTTP_PROXY" else parse_protocol(name)
    number = egress.port.number if not socket_path(bind) else 0
    wanted = _Wanted(own or bind.startswith(UNIX), protocol, [])
    for seen in egress.hosts:
        service = service_seen(view, seen)
        if service is not None and service.resolution is not Resolution.ALIAS:
            dynamic = service.resolution is Resolution.DYNAMIC_DNS
            if not dynamic or protocol.is_http or protocol.is_tls:
                wanted.wants.append(_want(seen, Bind(service.created, bind, number, protocol, "", dynamic)))
    return {_Place(bind, number): wanted}


def _binds_itself(side: OutboundSide, egress: EgressListener | None) -> bool:
    return side.own or (egress is not None and egress.capture_mode == "NONE")


def _want(seen: VisibleHost, bind: Bind) -> _Want:
    return _Want(
        bind.created,
        seen,
        Share(seen.host, seen.service, seen.ports, bind.protocol.is_tls, bind.cidr, bind.dynamic),
        bind.protocol,
    )


def _listener(side: OutboundSide, place: _Place, wanted: _Wanted) -> OutboundListener | None:
    """What is behind an address and port."""
    wants = sorted(wanted.wants, key=lambda want: (want.created, want.share.host, want.share.cidr))
    if place.port in _SERVER_SPEAKS_FIRST and wants:
        wants = list(_like(wants[0], wants))
    shares = tuple(want.share for want in wants if not want.protocol.is_http)
    http = [want for want in wants if want.protocol.is_http or want.protocol is Protocol.AUTO]
    explicit_http = wanted.explicit is not None and wanted.explicit.is_http
    if not shares and not http and not explicit_http:
        return None
    return OutboundListener(
        vantage=side.vantage,
        bind=place.bind,
        port=place.port,
        own=wanted.own,
        route=_route(place, wanted, http) if http or explicit_http else "",
        grpc_web=any(want.protocol is Protocol.GRPC_WEB for want in http),
        dynamic=any(want.share.dynamic for want in http),
        because=None if shares or not http else http[0].seen,
        shares=shares,
        labels=side.labels if shares else (),
    )


def _like(first: _Want, wants: Iterable[_Want]) -> Iterator[_Want]:
    """Those of the first one's kind."""
    return (want for want in wants if want.protocol.is_http == first.protocol.is_http)


def _route(place: _Place, wanted: _Wanted, http: list[_Want]) -> str:
    """The route configuration: the port's, that of a sniffed service alone on its address, or the socket's own."""
    if not place.port:
        return place.bind
    alone = wanted.explicit is None and not wanted.own and place.bind != ANYWHERE
    if alone and http[0].protocol is Protocol.AUTO:
        return f"{http[0].share.host}:{place.port}"
    return str(place.port)
