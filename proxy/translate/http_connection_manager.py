"""The HTTP connection manager: what stands between a listener and its route configuration. Pure.

Filter order: istio pilot/pkg/networking/core/listener_builder.go; here those that upstream Envoy has.
"""

from __future__ import annotations

from dataclasses import dataclass

from envoy.config.core.v3 import config_source_pb2, protocol_pb2
from envoy.config.listener.v3 import listener_components_pb2
from envoy.extensions.filters.http.cors.v3 import cors_pb2
from envoy.extensions.filters.http.fault.v3 import fault_pb2
from envoy.extensions.filters.http.grpc_stats.v3 import config_pb2 as grpc_stats_pb2
from envoy.extensions.filters.http.router.v3 import router_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm_pb2
from google.protobuf import any_pb2, duration_pb2, wrappers_pb2
from google.protobuf.message import Message

from proxy.translate.access_log import parsed

HTTP_CONNECTION_MANAGER = "envoy.filters.network.http_connection_manager"
_ADS = config_source_pb2.ConfigSource(
    ads=config_source_pb2.AggregatedConfigSource(),
    resource_api_version="V3",
    initial_fetch_timeout=duration_pb2.Duration(seconds=15),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionManager:
    """Which route configuration is asked, under which statistics prefix; at the edge clients are not trusted."""

    route: str
    stat_prefix: str
    edge: bool = False
    access_logs: tuple[bytes, ...] = ()


def connection_manager(settings: ConnectionManager) -> listener_components_pb2.Filter:
    """The network filter."""
    manager = hcm_pb2.HttpConnectionManager(
        stat_prefix=settings.stat_prefix,
        rds=hcm_pb2.Rds(config_source=_ADS, route_config_name=settings.route),
        http_filters=_FILTERS,
        upgrade_configs=[hcm_pb2.HttpConnectionManager.UpgradeConfig(upgrade_type="websocket")],
        normalize_path=wrappers_pb2.BoolValue(value=True),
        path_with_escaped_slashes_action="KEEP_UNCHANGED",
        use_remote_address=wrappers_pb2.BoolValue(value=settings.edge),
        access_log=parsed(settings.access_logs),
        stream_idle_timeout=duration_pb2.Duration(seconds=0),
    )
    if settings.edge:
        manager.forward_client_cert_details = hcm_pb2.HttpConnectionManager.SANITIZE_SET
        manager.set_current_client_cert_details.subject.value = True
        manager.set_current_client_cert_details.cert = True
        manager.set_current_client_cert_details.dns = True
        manager.set_current_client_cert_details.uri = True
        manager.server_name = "istio-envoy"
    manager.http_protocol_options.CopyFrom(protocol_pb2.Http1ProtocolOptions())
    return network_filter(HTTP_CONNECTION_MANAGER, manager)


def network_filter(name: str, config: Message) -> listener_components_pb2.Filter:
    """A network filter with its configuration packed, the same bytes each time."""
    return listener_components_pb2.Filter(name=name, typed_config=_packed(config))


def _packed(config: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(config, deterministic=True)
    return packed


def _http(name: str, config: Message) -> hcm_pb2.HttpFilter:
    return hcm_pb2.HttpFilter(name=name, typed_config=_packed(config))


_FILTERS = (
    _http(
        "envoy.filters.http.grpc_stats",
        grpc_stats_pb2.FilterConfig(emit_filter_state=True, stats_for_all_methods=wrappers_pb2.BoolValue(value=False)),
    ),
    _http("envoy.filters.http.fault", fault_pb2.HTTPFault()),
    _http("envoy.filters.http.cors", cors_pb2.Cors()),
    _http("envoy.filters.http.router", router_pb2.Router()),
)
