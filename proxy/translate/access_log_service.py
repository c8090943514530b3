"""Access logs that are sent to a service over gRPC, such as Mixer. Pure.

Source: istio pilot/pkg/model/telemetry_logging.go (httpGrpcAccessLogFromTelemetry, tcpGrpcAccessLogFromTelemetry).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from envoy.config.accesslog.v3 import accesslog_pb2
from envoy.config.core.v3 import grpc_service_pb2
from envoy.extensions.access_loggers.grpc.v3 import als_pb2

from proxy.translate.packed import packed

_HTTP_NAME: Final = "http_envoy_accesslog"
_TCP_NAME: Final = "tcp_envoy_accesslog"
_KIND_OF_CALL: Final = "content-type"
_GRPC_STATUS: Final = "grpc-status"


class LogService(NamedTuple):
    """Where logs go: a cluster, under a name (empty: Istio's), with these filter states."""

    cluster: str
    log_name: str = ""
    states: tuple[str, ...] = ()


def http_service_log(
    service: LogService, request: Iterable[str], response: Iterable[str], trailers: Iterable[str]
) -> bytes:
    """The log of requests, with the headers asked for, and those by which a gRPC call and its outcome are known."""
    config = als_pb2.HttpGrpcAccessLogConfig(
        common_config=_common(service, _HTTP_NAME),
        additional_request_headers_to_log=dict.fromkeys((*request, _KIND_OF_CALL)),
        additional_response_headers_to_log=dict.fromkeys((*response, _GRPC_STATUS)),
        additional_response_trailers_to_log=dict.fromkeys((*trailers, _GRPC_STATUS)),
    )
    return _log("envoy.access_loggers.http_grpc", config)


def tcp_service_log(service: LogService) -> bytes:
    """The log of connections."""
    return _log(
        "envoy.access_loggers.tcp_grpc", als_pb2.TcpGrpcAccessLogConfig(common_config=_common(service, _TCP_NAME))
    )


def _common(service: LogService, name: str) -> als_pb2.CommonGrpcAccessLogConfig:
    return als_pb2.CommonGrpcAccessLogConfig(
        log_name=service.log_name or name,
        transport_api_version="V3",
        filter_state_objects_to_log=service.states,
        grpc_service=grpc_service_pb2.GrpcService(
            envoy_grpc=grpc_service_pb2.GrpcService.EnvoyGrpc(cluster_name=service.cluster)
        ),
    )


def _log(name: str, config: Any) -> bytes:  # noqa: ANN401  untyped messages
    built = accesslog_pb2.AccessLog(name=name, typed_config=packed(config))
    return bytes(built.SerializeToString(deterministic=True))
