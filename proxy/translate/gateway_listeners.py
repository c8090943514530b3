"""What a gateway proxy listens on: one listener a port and address of its merged Gateways. Pure rules.

Source: istio pilot/pkg/networking/core/gateway.go.
"""

from __future__ import annotations

from typing import NamedTuple

from envoy.config.core.v3 import address_pb2
from envoy.config.listener.v3 import listener_components_pb2, listener_pb2

from pipeline.derive import View
from proxy.encoded import Encoded, encoded
from proxy.naming import listener
from proxy.ref import Ref
from proxy.registry.gateways import GatewayProxy, MergedPort, ServerKind, merged_gateway
from proxy.registry.vantage import Vantage
from proxy.resource_type import ResourceType
from proxy.scope import Scope, vantage_of
from proxy.translate.access_log import http_access_logs
from proxy.translate.http_connection_manager import ConnectionManager, connection_manager

_ANYWHERE = "0.0.0.0"  # noqa: S104  where the proxy listens, as Gateways ask
_BUFFER = 32_768


class GatewayListenerKey(NamedTuple):
    """One listener of the gateway proxies that have these merged Gateways."""

    proxy: GatewayProxy
    vantage: Vantage
    port: int
    bind: str


def gateway_listener_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """The listeners of a gateway proxy."""
    proxy = GatewayProxy(scope.namespace, scope.labels)
    vantage = vantage_of(scope)
    return tuple(
        sorted(
            Ref(
                listener(merged.bind or _ANYWHERE, merged.port),
                gateway_listener,
                GatewayListenerKey(proxy, vantage, merged.port, merged.bind),
            )
            for merged in view.derive(merged_gateway, proxy)
            if merged.kind is ServerKind.HTTP
        )
    )


def gateway_listener(view: View, key: GatewayListenerKey) -> Encoded | None:
    """One listener (a rule)."""
    merged = view.derive(_merged_port, key)
    if merged is None:
        return None
    logs = view.derive(http_access_logs, key.vantage)
    name = listener(merged.bind or _ANYWHERE, merged.port)
    manager = ConnectionManager(
        route=merged.servers[0].route, stat_prefix=f"outbound_{name}", edge=True, access_logs=logs
    )
    built = listener_pb2.Listener(
        name=name,
        address=address_pb2.Address(
            socket_address=address_pb2.SocketAddress(address=merged.bind or _ANYWHERE, port_value=merged.port)
        ),
        filter_chains=[listener_components_pb2.FilterChain(filters=[connection_manager(manager)])],
        traffic_direction="OUTBOUND",
    )
    built.per_connection_buffer_limit_bytes.value = _BUFFER
    return encoded(ResourceType.LISTENER, name, built.SerializeToString(deterministic=True))


def _merged_port(view: View, key: GatewayListenerKey) -> MergedPort | None:
    """What is served on one port, so that another port's change touches it not."""
    return next(
        (
            merged
            for merged in view.derive(merged_gateway, key.proxy)
            if (merged.port, merged.bind) == (key.port, key.bind)
        ),
        None,
    )
