"""What a sidecar listens on for its own workload: `virtualInbound`, and the ports that a Sidecar binds. Pure rules.

Without capturing nothing is listened for unless a Sidecar says so: the workload has its own ports already.
Source: istio pilot/pkg/networking/core/listener_inbound.go (buildInboundListeners).
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from pipeline.derive import View
from pipeline.stages.inputs import TLS_ON_SIDECAR_INGRESS
from proxy.encoded import Encoded
from proxy.naming import INBOUND_PASSTHROUGH_CLUSTER, VIRTUAL_INBOUND, inbound_cluster, listener
from proxy.ref import Ref
from proxy.registry.protocols import parse_protocol
from proxy.registry.service import Protocol, ServiceInstance
from proxy.registry.services import HostIn, service_in
from proxy.registry.vantage import Vantage
from proxy.translate.access_log import http_access_logs, tcp_access_logs
from proxy.translate.cluster_inbound import InboundKey, inbound_refs, ingress_listeners
from proxy.translate.credentials import certificate_names
from proxy.translate.inbound_chains import InboundChains, inbound_chains
from proxy.translate.listener_filters import original_destination, original_source
from proxy.translate.listener_message import (
    ListenerPlan,
    can_listen,
    encoded_listener,
    listener_message,
)
from proxy.translate.listener_settings import listener_settings
from proxy.translate.outbound_binds import ANYWHERE
from proxy.translate.virtual_outbound import black_hole
from schemas.kinds.sidecar import IstioIngressListener
from schemas.types.server_tls import ServerTLSSettings


class InboundSide(NamedTuple):
    """What decides a sidecar's inbound listeners.

    `own` says that nothing is captured, `transparent` is TPROXY; `address` is the proxy's, for a Sidecar that names
    none; `agent` says that Istio's agent is beside it.
    """

    instances: tuple[ServiceInstance, ...]
    vantage: Vantage
    own: bool = False
    transparent: bool = False
    address: str = ""
    agent: bool = False


class IngressKey(NamedTuple):
    """A port that a Sidecar binds for its workload."""

    side: InboundSide
    port: int


def inbound_listener_refs(view: View, side: InboundSide) -> tuple[Ref, ...]:
    """The inbound listeners, by name."""
    found: dict[str, Ref] = {}
    for item in _ingress(view, side):
        if _binds_itself(side, item) and can_listen(bind := _bind(side, item), item.port.number):
            name = listener(bind, item.port.number)
            found.setdefault(name, Ref(name, ingress_listener, IngressKey(side, item.port.number)))
    captured = () if side.own else (Ref(VIRTUAL_INBOUND, virtual_inbound, side),)
    return tuple(sorted((*found.values(), *captured), key=lambda ref: ref.name))


def virtual_inbound(view: View, side: InboundSide) -> Encoded:
    """The listener of captured connections: the workload's ports, and what passes to others (a rule)."""
    settings = view.derive(listener_settings, None)
    ports = _captured_ports(view, side)
    rest = _chains(view, side, 0, Protocol.AUTO)
    raw = tuple(number for number, protocol in ports.items() if protocol.is_tcp)
    chains = [black_hole(VIRTUAL_INBOUND, settings.inbound_port)]
    for number, protocol in ports.items():
        chains += inbound_chains(_chains(view, side, number, protocol))
    plan = ListenerPlan(
        name=VIRTUAL_INBOUND,
        bind=ANYWHERE,
        port=settings.inbound_port,
        chains=(*chains, *inbound_chains(rest)),
        filters=(original_destination(), *((original_source(),) if side.transparent else ())),
        outbound=False,
        detection_timeout=settings.detection_timeout,
        not_tls=() if side.agent else tuple(number for number in raw if _terminated(view, side, number) is None),
        not_http=raw,
        transparent=side.transparent,
    )
    return encoded_listener(listener_message(plan))


def ingress_listener(view: View, key: IngressKey) -> Encoded | None:
    """The listener of a port that a Sidecar binds; None where the Sidecar has it no more (a rule)."""
    item = next((item for item in _ingress(view, key.side) if item.port.number == key.port), None)
    if item is None:
        return None
    settings = view.derive(listener_settings, None)
    wanted = _chains(view, key.side, key.port, parse_protocol(item.port.protocol))
    bind = _bind(key.side, item)
    plan = ListenerPlan(
        name=listener(bind, key.port),
        bind=bind,
        port=key.port,
        chains=inbound_chains(replace(wanted, port=0)),
        outbound=False,
        own=True,
        detection_timeout=settings.detection_timeout,
    )
    return encoded_listener(listener_message(plan))


def _chains(view: View, side: InboundSide, number: int, protocol: Protocol) -> InboundChains:
    """What makes the chains of a port; of port 0 those of every other port."""
    bind = listener(ANYWHERE, number)
    return InboundChains(
        cluster=inbound_cluster(number) if number else INBOUND_PASSTHROUGH_CLUSTER,
        protocol=protocol,
        settings=view.derive(listener_settings, None),
        http_logs=view.derive(http_access_logs, side.vantage),
        tcp_logs=view.derive(tcp_access_logs, side.vantage),
        stat_prefix=f"inbound_{bind}" if number else INBOUND_PASSTHROUGH_CLUSTER,
        name=bind if number else VIRTUAL_INBOUND,
        http_name="" if number else f"{VIRTUAL_INBOUND}-catchall-http",
        port=number,
        operation=_operation(side, number),
        permissive=side.agent,
        tls=_terminated(view, side, number),
    )


def _captured_ports(view: View, side: InboundSide) -> dict[int, Protocol]:
    """The workload's captured ports and what they speak: what the Sidecar says, else the oldest service."""
    ingress = _ingress(view, side)
    if ingress:
        captured = (item for item in reversed(ingress) if not _binds_itself(side, item) and item.port.number)
        return {item.port.number: parse_protocol(item.port.protocol) for item in captured}
    found: dict[int, Protocol] = {}
    for ref in view.derive(inbound_refs, (side.instances, side.vantage, not side.own)):
        assert isinstance(ref.key, InboundKey)
        found[ref.key.port] = view.derive(port_protocol, ref.key.instances[0])
    return found


def port_protocol(view: View, instance: ServiceInstance) -> Protocol:
    """What a port of a service speaks (a rule)."""
    service = view.derive(service_in, HostIn(instance.service.namespace, instance.host))
    port = service.port(instance.port) if service is not None else None
    return port.protocol if port is not None else Protocol.AUTO


def _terminated(view: View, side: InboundSide, number: int) -> ServerTLSSettings | None:
    """The TLS that the Sidecar ends on a port, where `ENABLE_TLS_ON_SIDECAR_INGRESS` gives it an effect."""
    if not view.input(TLS_ON_SIDECAR_INGRESS):
        return None
    found = (item.tls for item in _ingress(view, side) if item.port.number == number)
    return next((tls for tls in found if tls is not None and certificate_names(tls)), None)


def _operation(side: InboundSide, number: int) -> str:
    """What a request is called in a trace: the service and port that it was for."""
    found = next((item for item in side.instances if item.target_port == number), None)
    return f"{found.host}:{found.port}/*" if found is not None else ""


def _ingress(view: View, side: InboundSide) -> tuple[IstioIngressListener, ...]:
    sidecar = side.vantage.sidecar
    return view.derive(ingress_listeners, sidecar) if sidecar is not None else ()


def _binds_itself(side: InboundSide, item: IstioIngressListener) -> bool:
    return side.own or item.capture_mode == "NONE"


def _bind(side: InboundSide, item: IstioIngressListener) -> str:
    return item.bind or side.address or ANYWHERE
