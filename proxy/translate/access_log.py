"""Access logs by the mesh's settings: a file, and the access log services of extension providers. Pure rules.

Source: istio pilot/pkg/model/telemetry_logging.go. A provider whose service is not seen is left out: Envoy refuses a
listener that names a cluster which it does not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from envoy.config.accesslog.v3 import accesslog_pb2
from envoy.config.core.v3 import grpc_service_pb2, substitution_format_string_pb2
from envoy.extensions.access_loggers.file.v3 import file_pb2
from envoy.extensions.access_loggers.grpc.v3 import als_pb2
from google.protobuf import any_pb2, struct_pb2
from google.protobuf.message import Message

from pipeline.derive import View
from proxy.mesh import mesh
from proxy.naming import outbound_cluster
from proxy.registry.seen import service_named
from proxy.registry.vantage import SeenHost, Vantage

_DEFAULT_FORMAT = (
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS%'
    ' %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED%'
    ' %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%"'
    ' "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW%'
    " %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME%"
    " %ROUTE_NAME%\n"
)
_LOG_NAME = "galley"


def http_access_logs(view: View, vantage: Vantage) -> tuple[bytes, ...]:
    """The access logs of HTTP connections, serialised (a rule)."""
    return _access_logs(view, vantage, "envoyHttpAls")


def tcp_access_logs(view: View, vantage: Vantage) -> tuple[bytes, ...]:
    """The access logs of TCP connections, serialised (a rule)."""
    return _access_logs(view, vantage, "envoyTcpAls")


def parsed(logs: tuple[bytes, ...]) -> list[accesslog_pb2.AccessLog]:
    """The messages of serialised access logs."""
    return [accesslog_pb2.AccessLog.FromString(log) for log in logs]


def _access_logs(view: View, vantage: Vantage, service_kind: str) -> tuple[bytes, ...]:
    settings = view.derive(mesh, None)
    found: list[accesslog_pb2.AccessLog] = []
    if settings.access_log_file:
        found.append(_file(settings.access_log_file, settings.access_log_format, settings.access_log_encoding))
    defaults = _mapping(settings.raw.get("defaultProviders")).get("accessLogging") or ()
    providers = {_mapping(item).get("name"): _mapping(item) for item in settings.raw.get("extensionProviders") or ()}
    for name in defaults:
        log = _provider(view, vantage, providers.get(name, {}), service_kind)
        if log is not None:
            found.append(log)
    return tuple(log.SerializeToString(deterministic=True) for log in found)


def _provider(
    view: View, vantage: Vantage, provider: Mapping[str, Any], service_kind: str
) -> accesslog_pb2.AccessLog | None:
    file = provider.get("envoyFileAccessLog")
    if isinstance(file, Mapping):
        form = _mapping(file.get("logFormat"))
        return _file(str(file.get("path") or "/dev/stdout"), str(form.get("text") or ""), "TEXT")
    service = provider.get(service_kind)
    if not isinstance(service, Mapping):
        return None
    host, port = str(service.get("service", "")).rpartition("/")[2], service.get("port")
    seen = view.derive(service_named, SeenHost(vantage, host))
    if seen is None or not isinstance(port, int) or seen.port(port) is None:
        return None
    common = als_pb2.CommonGrpcAccessLogConfig(
        log_name=str(service.get("logName") or _LOG_NAME),
        transport_api_version="V3",
        grpc_service=grpc_service_pb2.GrpcService(
            envoy_grpc=grpc_service_pb2.GrpcService.EnvoyGrpc(cluster_name=outbound_cluster(port, "", host))
        ),
    )
    if service_kind == "envoyTcpAls":
        return _log("envoy.access_loggers.tcp_grpc", als_pb2.TcpGrpcAccessLogConfig(common_config=common))
    return _log("envoy.access_loggers.http_grpc", als_pb2.HttpGrpcAccessLogConfig(common_config=common))


def _file(path: str, form: str, encoding: str) -> accesslog_pb2.AccessLog:
    text = form or _DEFAULT_FORMAT
    log = file_pb2.FileAccessLog(path=path)
    if encoding == "JSON":
        fields = struct_pb2.Struct()
        fields.update({name: f"%{name.upper()}%" for name in ("start_time", "response_code", "duration", "upstream_host")})
        log.log_format.CopyFrom(substitution_format_string_pb2.SubstitutionFormatString(json_format=fields))
    else:
        line = text if text.endswith("\n") else text + "\n"
        log.log_format.text_format_source.inline_string = line
    return _log("envoy.access_loggers.file", log)


def _log(name: str, config: Message) -> accesslog_pb2.AccessLog:
    packed = any_pb2.Any()
    packed.Pack(config, deterministic=True)
    return accesslog_pb2.AccessLog(name=name, typed_config=packed)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
