"""The HTTP connection manager: what stands between a listener and its routes. Pure.

Filter order: istio pilot/pkg/networking/core/listener_builder.go; here those that upstream Envoy has. An outbound
listener and a gateway ask for their routes by name; an inbound port has one route, to its own cluster.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from envoy.config.core.v3 import config_source_pb2, protocol_pb2
from envoy.config.listener.v3 import listener_components_pb2
from envoy.config.route.v3 import route_components_pb2, route_pb2
from envoy.extensions.filters.http.cors.v3 import cors_pb2
from envoy.extensions.filters.http.fault.v3 import fault_pb2
from envoy.extensions.filters.http.grpc_stats.v3 import config_pb2 as grpc_stats_pb2
from envoy.extensions.filters.http.grpc_web.v3 import grpc_web_pb2
from envoy.extensions.filters.http.router.v3 import router_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm_pb2
from google.protobuf import duration_pb2, wrappers_pb2

from proxy.translate.access_log import AccessLogs
from proxy.translate.dynamic_dns import host_resolver
from proxy.translate.listener_settings import ListenerSettings
from proxy.translate.packed import packed

_Manager = hcm_pb2.HttpConnectionManager
_SERVER_NAME: Final = "istio-envoy"
_TRUE: Final = wrappers_pb2.BoolValue(value=True)
_FALSE: Final = wrappers_pb2.BoolValue(value=False)
_NO_TIMEOUT: Final = duration_pb2.Duration()
_ADS: Final = config_source_pb2.ConfigSource(
    ads=config_source_pb2.AggregatedConfigSource(),
    resource_api_version="V3",
    initial_fetch_timeout=duration_pb2.Duration(seconds=15),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionManager:
    """One connection manager.

    `route` names its route configuration; `cluster` is the one place where an inbound port's requests go. `edge` means
    a gateway: what clients say of themselves is not believed. `proxied` means clients that send absolute URLs,
    `dynamic` that some host is resolved when it is asked for.
    """

    stat_prefix: str
    settings: ListenerSettings
    logs: AccessLogs
    route: str = ""
    cluster: str = ""
    operation: str = ""
    edge: bool = False
    grpc_web: bool = False
    proxied: bool = False
    dynamic: bool = False


@lru_cache(maxsize=4096)
def connection_manager(wanted: ConnectionManager) -> Any:  # noqa: ANN401  untyped messages
    """The network filter; equal ones are made once, and are not to be changed."""
    manager = _Manager(
        stat_prefix=wanted.stat_prefix,
        http_filters=_filters(wanted),
        upgrade_configs=[_Manager.UpgradeConfig(upgrade_type="websocket")],
        access_log=wanted.logs.messages(),
        stream_idle_timeout=_NO_TIMEOUT,
        use_remote_address=_TRUE if wanted.edge else _FALSE,
    )
    _normalize(manager, wanted.settings.normalization)
    if wanted.route:
        manager.rds.CopyFrom(hcm_pb2.Rds(config_source=_ADS, route_config_name=wanted.route))
    else:
        manager.route_config.CopyFrom(_own_route(wanted))
    if wanted.edge:
        _guard_edge(manager, wanted.settings)
    elif wanted.cluster:
        manager.server_name = _SERVER_NAME
        manager.forward_client_cert_details = _Manager.APPEND_FORWARD
        _show_certificate(manager)
    if wanted.proxied:
        manager.http_protocol_options.CopyFrom(protocol_pb2.Http1ProtocolOptions(allow_absolute_url=_TRUE))
    return listener_components_pb2.Filter(
        name="envoy.filters.network.http_connection_manager", typed_config=packed(manager)
    )


def _filters(wanted: ConnectionManager) -> list[Any]:
    """The HTTP filters, the router last."""
    *others, router = _FILTERS_WEB if wanted.grpc_web else _FILTERS
    return [*others, *((host_resolver(),) if wanted.dynamic else ()), router]


def _normalize(manager: Any, how: str) -> None:  # noqa: ANN401  untyped messages
    """Bring paths into one form, as far as the mesh wants it."""
    manager.normalize_path.value = how != "NONE"
    manager.merge_slashes = how in ("MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES")
    manager.path_with_escaped_slashes_action = (
        _Manager.UNESCAPE_AND_FORWARD if how == "DECODE_AND_MERGE_SLASHES" else _Manager.KEEP_UNCHANGED
    )


def _guard_edge(manager: Any, settings: ListenerSettings) -> None:  # noqa: ANN401  untyped messages
    manager.server_name = _SERVER_NAME
    manager.xff_num_trusted_hops = settings.trusted_hops
    manager.forward_client_cert_details = _Manager.ForwardClientCertDetails.Value(
        settings.forward_certificate or "SANITIZE_SET"
    )
    _show_certificate(manager)
    manager.set_current_client_cert_details.cert = True


def _show_certificate(manager: Any) -> None:  # noqa: ANN401  untyped messages
    details = manager.set_current_client_cert_details
    details.subject.value, details.dns, details.uri = True, True, True


def _own_route(wanted: ConnectionManager) -> route_pb2.RouteConfiguration:
    """The only route of an inbound port: everything to its cluster, without a limit of time."""
    action = route_components_pb2.RouteAction(
        cluster=wanted.cluster,
        timeout=_NO_TIMEOUT,
        max_stream_duration=route_components_pb2.RouteAction.MaxStreamDuration(
            max_stream_duration=_NO_TIMEOUT, grpc_timeout_header_max=_NO_TIMEOUT
        ),
    )
    route = route_components_pb2.Route(
        name="default",
        match=route_components_pb2.RouteMatch(prefix="/"),
        route=action,
        decorator=route_components_pb2.Decorator(operation=wanted.operation) if wanted.operation else None,
    )
    name = "inbound|http|" + (wanted.cluster.split("|")[1] if "|" in wanted.cluster else "0")
    host = route_components_pb2.VirtualHost(name=name, domains=["*"], routes=[route])
    return route_pb2.RouteConfiguration(name=wanted.cluster, virtual_hosts=[host], validate_clusters=_FALSE)


def _http(name: str, config: Any) -> hcm_pb2.HttpFilter:  # noqa: ANN401  untyped messages
    return hcm_pb2.HttpFilter(name=name, typed_config=packed(config))


_FILTERS: Final = (
    _http(
        "envoy.filters.http.grpc_stats",
        grpc_stats_pb2.FilterConfig(emit_filter_state=True, stats_for_all_methods=_FALSE),
    ),
    _http("envoy.filters.http.fault", fault_pb2.HTTPFault()),
    _http("envoy.filters.http.cors", cors_pb2.Cors()),
    _http("envoy.filters.http.router", router_pb2.Router()),
)
_FILTERS_WEB: Final = (_http("envoy.filters.http.grpc_web", grpc_web_pb2.GrpcWeb()), *_FILTERS)
