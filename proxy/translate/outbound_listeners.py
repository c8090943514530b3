"""What a sidecar listens on for its workload's own requests: one listener a port of plain HTTP. Pure rules.

Source: istio pilot/pkg/networking/core/listener.go (buildSidecarOutboundListeners).
"""

from __future__ import annotations

from typing import NamedTuple

from envoy.config.core.v3 import address_pb2
from envoy.config.listener.v3 import listener_components_pb2, listener_pb2

from pipeline.derive import View
from proxy.encoded import Encoded, encoded
from proxy.naming import listener
from proxy.ref import Ref
from proxy.registry.seen import service_seen, visible_hosts
from proxy.registry.vantage import Vantage, VisibleHost
from proxy.resource_type import ResourceType
from proxy.scope import Scope, vantage_of
from proxy.translate.access_log import http_access_logs
from proxy.translate.http_connection_manager import ConnectionManager, connection_manager

_ANYWHERE = "0.0.0.0"  # noqa: S104  every address that the workload asks for
_LOOPBACK = "127.0.0.1"
_NONE = "NONE"


class HttpListenerKey(NamedTuple):
    """The listener of a port, as seen from a vantage; `own` where it binds a real port of its own."""

    vantage: Vantage
    port: int
    own: bool


def outbound_listener_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """The outbound listeners of a sidecar."""
    vantage = vantage_of(scope)
    own = scope.interception_mode == _NONE
    return tuple(
        Ref(listener(_LOOPBACK if own else _ANYWHERE, port), http_listener, HttpListenerKey(vantage, port, own))
        for port in view.derive(http_ports, vantage)
    )


def http_ports(view: View, vantage: Vantage) -> tuple[int, ...]:
    """The ports on which some visible service speaks plain HTTP (a rule)."""
    found: set[int] = set()
    for seen in view.derive(visible_hosts, vantage):
        found |= view.derive(_http_ports_of, seen)
    return tuple(sorted(found))


def _http_ports_of(view: View, seen: VisibleHost) -> frozenset[int]:
    service = service_seen(view, seen)
    return frozenset(port.number for port in service.ports if port.protocol.is_http) if service else frozenset()


def http_listener(view: View, key: HttpListenerKey) -> Encoded:
    """The listener of all plain HTTP services of a port: its routes decide (a rule)."""
    bind = _LOOPBACK if key.own else _ANYWHERE
    name = listener(bind, key.port)
    manager = ConnectionManager(
        route=str(key.port), stat_prefix=f"outbound_{name}", access_logs=view.derive(http_access_logs, key.vantage)
    )
    built = listener_pb2.Listener(
        name=name,
        address=address_pb2.Address(socket_address=address_pb2.SocketAddress(address=bind, port_value=key.port)),
        default_filter_chain=listener_components_pb2.FilterChain(filters=[connection_manager(manager)]),
        traffic_direction="OUTBOUND",
    )
    built.bind_to_port.value = key.own
    return encoded(ResourceType.LISTENER, name, built.SerializeToString(deterministic=True))
