"""Which formats of access logs Envoy takes. Pure.

Envoy refuses a listener with a command that it does not know, and with it every listener of the mesh, so a format that
is not well formed counts as none.
Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage (command operators).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_COMMAND: Final = re.compile(r"%(?:%|([A-Z_0-9]+)(\([^()]*\))?(:\d{1,5})?%)")
BARE: Final = frozenset(
    {
        "ACCESS_LOG_TYPE",
        "BYTES_RECEIVED",
        "BYTES_RETRANSMITTED",
        "BYTES_SENT",
        "CONNECTION_ID",
        "CONNECTION_TERMINATION_DETAILS",
        "DOWNSTREAM_DIRECT_LOCAL_ADDRESS",
        "DOWNSTREAM_DIRECT_REMOTE_ADDRESS",
        "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT",
        "DOWNSTREAM_HEADER_BYTES_RECEIVED",
        "DOWNSTREAM_HEADER_BYTES_SENT",
        "DOWNSTREAM_LOCAL_ADDRESS",
        "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
        "DOWNSTREAM_LOCAL_DNS_SAN",
        "DOWNSTREAM_LOCAL_PORT",
        "DOWNSTREAM_LOCAL_SUBJECT",
        "DOWNSTREAM_LOCAL_URI_SAN",
        "DOWNSTREAM_PEER_CERT",
        "DOWNSTREAM_PEER_CERT_V_END",
        "DOWNSTREAM_PEER_CERT_V_START",
        "DOWNSTREAM_PEER_DNS_SAN",
        "DOWNSTREAM_PEER_FINGERPRINT_1",
        "DOWNSTREAM_PEER_FINGERPRINT_256",
        "DOWNSTREAM_PEER_ISSUER",
        "DOWNSTREAM_PEER_SERIAL",
        "DOWNSTREAM_PEER_SUBJECT",
        "DOWNSTREAM_PEER_URI_SAN",
        "DOWNSTREAM_REMOTE_ADDRESS",
        "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
        "DOWNSTREAM_REMOTE_PORT",
        "DOWNSTREAM_TLS_CIPHER",
        "DOWNSTREAM_TLS_SESSION_ID",
        "DOWNSTREAM_TLS_VERSION",
        "DOWNSTREAM_TRANSPORT_FAILURE_REASON",
        "DOWNSTREAM_WIRE_BYTES_RECEIVED",
        "DOWNSTREAM_WIRE_BYTES_SENT",
        "DURATION",
        "EMIT_TIME",
        "FILTER_CHAIN_NAME",
        "GRPC_STATUS",
        "GRPC_STATUS_NUMBER",
        "HOSTNAME",
        "LOCAL_REPLY_BODY",
        "PROTOCOL",
        "REQUESTED_SERVER_NAME",
        "REQUEST_DURATION",
        "REQUEST_HEADERS_BYTES",
        "REQUEST_TX_DURATION",
        "RESPONSE_CODE",
        "RESPONSE_CODE_DETAILS",
        "RESPONSE_DURATION",
        "RESPONSE_FLAGS",
        "RESPONSE_FLAGS_LONG",
        "RESPONSE_HEADERS_BYTES",
        "RESPONSE_TRAILERS_BYTES",
        "RESPONSE_TX_DURATION",
        "ROUNDTRIP_DURATION",
        "ROUTE_NAME",
        "START_TIME",
        "START_TIME_LOCAL",
        "STREAM_ID",
        "TLS_JA3_FINGERPRINT",
        "TLS_JA4_FINGERPRINT",
        "TRACE_ID",
        "UNIQUE_ID",
        "UPSTREAM_CLUSTER",
        "UPSTREAM_CLUSTER_RAW",
        "UPSTREAM_CONNECTION_ID",
        "UPSTREAM_CONNECTION_POOL_READY_DURATION",
        "UPSTREAM_HEADER_BYTES_RECEIVED",
        "UPSTREAM_HEADER_BYTES_SENT",
        "UPSTREAM_HOST",
        "UPSTREAM_HOST_NAME",
        "UPSTREAM_HOST_NAME_WITHOUT_PORT",
        "UPSTREAM_LOCAL_ADDRESS",
        "UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
        "UPSTREAM_LOCAL_PORT",
        "UPSTREAM_PEER_CERT",
        "UPSTREAM_PEER_CERT_V_END",
        "UPSTREAM_PEER_CERT_V_START",
        "UPSTREAM_PEER_ISSUER",
        "UPSTREAM_PEER_SUBJECT",
        "UPSTREAM_PEER_URI_SAN",
        "UPSTREAM_PROTOCOL",
        "UPSTREAM_REMOTE_ADDRESS",
        "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
        "UPSTREAM_REMOTE_PORT",
        "UPSTREAM_REQUEST_ATTEMPT_COUNT",
        "UPSTREAM_TLS_CIPHER",
        "UPSTREAM_TLS_SESSION_ID",
        "UPSTREAM_TLS_VERSION",
        "UPSTREAM_TRANSPORT_FAILURE_REASON",
        "UPSTREAM_WIRE_BYTES_RECEIVED",
        "UPSTREAM_WIRE_BYTES_SENT",
        "VIRTUAL_CLUSTER_NAME",
    }
)
"""Commands without a parameter."""
NAMED: Final = frozenset(
    {
        "DYNAMIC_METADATA",
        "ENVIRONMENT",
        "FILTER_STATE",
        "QUERY_PARAM",
        "REQ",
        "RESP",
        "TRAILER",
    }
)
"""Commands with a parameter that is a name or a path, and perhaps a length to cut at."""
UNCUT: Final = frozenset({"CLUSTER_METADATA", "UPSTREAM_METADATA"})
"""Likewise, but never cut."""
TIMED: Final = frozenset(
    {
        "DOWNSTREAM_PEER_CERT_V_END",
        "DOWNSTREAM_PEER_CERT_V_START",
        "EMIT_TIME",
        "START_TIME",
        "START_TIME_LOCAL",
        "UPSTREAM_PEER_CERT_V_END",
        "UPSTREAM_PEER_CERT_V_START",
    }
)
"""Commands that take a format of times."""


def is_log_format(form: Any) -> bool:  # noqa: ANN401  JSON
    """Whether Envoy takes a format: a text, or an object of them, however deep."""
    if isinstance(form, str):
        return all(_is_command(form[at:]) for at in _beginnings(form))
    if isinstance(form, Mapping):
        return all(is_log_format(value) for value in form.values())
    return isinstance(form, bool | int | float)


def _beginnings(text: str) -> list[int]:
    """Where commands begin: at each `%` that is in none before it."""
    found, at = [], text.find("%")
    while at >= 0:
        found.append(at)
        command = _COMMAND.match(text, at)
        at = text.find("%", command.end() if command is not None else at + 1)
    return found


def _is_command(text: str) -> bool:
    found = _COMMAND.match(text)
    if found is None:
        return False
    name, parameter, length = found.groups()
    if name is None:
        return True
    if parameter is None:
        return name in BARE and length is None
    if name in TIMED or name in UNCUT:
        return length is None and bool(parameter[1:-1])
    return name in NAMED and _is_name(name, parameter[1:-1])


def _is_name(command: str, text: str) -> bool:
    """Whether a command takes this name: a header and one instead of it, a filter state and how it is shown."""
    if command == "FILTER_STATE":
        return bool(re.fullmatch(r"[^:]+(:(PLAIN|TYPED))?", text))
    return bool(text) and text.count("?") <= 1
