"""Access logs in a file: lines of text, or of JSON. Pure.

Source: istio pilot/pkg/model/telemetry_logging.go (buildFileAccessLogHelper, EnvoyTextLogFormat, EnvoyJSONLogFormat).
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from envoy.config.accesslog.v3 import accesslog_pb2
from envoy.extensions.access_loggers.file.v3 import file_pb2
from google.protobuf import struct_pb2

from proxy.translate.access_log_format import is_log_format
from proxy.translate.packed import packed
from schemas.types.log_provider import LogFormat as WrittenFormat

LogFormat = str | dict[str, Any]
"""A line of text, or an object whose values are formats."""
_FIELDS: Final = {
    "start_time": "START_TIME",
    "route_name": "ROUTE_NAME",
    "method": "REQ(:METHOD)",
    "path": "REQ(X-ENVOY-ORIGINAL-PATH?:PATH)",
    "protocol": "PROTOCOL",
    "response_code": "RESPONSE_CODE",
    "response_flags": "RESPONSE_FLAGS",
    "response_code_details": "RESPONSE_CODE_DETAILS",
    "connection_termination_details": "CONNECTION_TERMINATION_DETAILS",
    "bytes_received": "BYTES_RECEIVED",
    "bytes_sent": "BYTES_SENT",
    "duration": "DURATION",
    "upstream_service_time": "RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)",
    "x_forwarded_for": "REQ(X-FORWARDED-FOR)",
    "user_agent": "REQ(USER-AGENT)",
    "request_id": "REQ(X-REQUEST-ID)",
    "authority": "REQ(:AUTHORITY)",
    "upstream_host": "UPSTREAM_HOST",
    "upstream_cluster": "UPSTREAM_CLUSTER_RAW",
    "upstream_local_address": "UPSTREAM_LOCAL_ADDRESS",
    "downstream_local_address": "DOWNSTREAM_LOCAL_ADDRESS",
    "downstream_remote_address": "DOWNSTREAM_REMOTE_ADDRESS",
    "requested_server_name": "REQUESTED_SERVER_NAME",
    "upstream_transport_failure_reason": "UPSTREAM_TRANSPORT_FAILURE_REASON",
}
_TEXT: Final = (
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS%'
    ' %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED%'
    ' %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%"'
    ' "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW%'
    " %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME%"
    " %ROUTE_NAME%\n"
)


def default_format(text: str, encoding: str) -> LogFormat:
    """The mesh's own format (`accessLogFormat`, in JSON an object), else Istio's default of that encoding."""
    if encoding != "JSON":
        return text if text and is_log_format(text) else _TEXT
    try:
        found = orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        found = None
    if isinstance(found, dict) and is_log_format(found):
        return found
    return {name: f"%{word}%" for name, word in _FIELDS.items()}


def format_of(given: WrittenFormat | None) -> LogFormat | None:
    """A provider's `logFormat`, None where it says nothing that Envoy takes."""
    if given is None:
        return None
    return dict(given.labels) if given.labels else given.text or None


def file_log(path: str, form: LogFormat, *, omit_empty: bool = False) -> bytes:
    """The access log, serialised."""
    log = file_pb2.FileAccessLog(path=path)
    log.log_format.omit_empty_values = omit_empty
    if isinstance(form, str):
        log.log_format.text_format_source.inline_string = form if form.endswith("\n") else form + "\n"
    else:
        fields = struct_pb2.Struct()
        fields.update(form)
        log.log_format.json_format.CopyFrom(fields)
    built = accesslog_pb2.AccessLog(name="envoy.access_loggers.file", typed_config=packed(log))
    return bytes(built.SerializeToString(deterministic=True))
