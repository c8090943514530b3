"""Names and values of headers that Envoy takes. Pure.

In a value, `%` opens a command of Envoy's (`%REQ(x)%`); a value with a command that Envoy does not know would be
refused together with everything beside it, so such a value is sent as the plain text that it most likely is.
Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#custom-request-response-headers
"""

from __future__ import annotations

import re

_FORBIDDEN = re.compile(r"[\r\n\0]")
_COMMAND = re.compile(r"%(?:%|START_TIME\([^()]*\)%|[A-Z0-9_]+(?:\([^()%]*(?:%%[^()%]*)*\))?(?::\d+)?%)")
_NAME = re.compile(r"%([A-Z0-9_]+)")
_MOST = 16384
"""The longest name or value (validate rules of envoy.config.core.v3.HeaderValue), in bytes."""
_WITH_ARGUMENT = frozenset({"REQ", "RESP", "DYNAMIC_METADATA", "CLUSTER_METADATA", "UPSTREAM_METADATA", "FILTER_STATE"})
_PLAIN = frozenset(
    {
        "PROTOCOL",
        "HOSTNAME",
        "ROUTE_NAME",
        "VIRTUAL_CLUSTER_NAME",
        "UPSTREAM_HOST",
        "UPSTREAM_CLUSTER",
        "RESPONSE_CODE",
        "RESPONSE_CODE_DETAILS",
        "RESPONSE_FLAGS",
        "START_TIME",
        "BYTES_RECEIVED",
        "BYTES_SENT",
        "DURATION",
        "REQUEST_DURATION",
        "RESPONSE_DURATION",
        "DOWNSTREAM_REMOTE_ADDRESS",
        "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
        "DOWNSTREAM_REMOTE_PORT",
        "DOWNSTREAM_DIRECT_REMOTE_ADDRESS",
        "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT",
        "DOWNSTREAM_LOCAL_ADDRESS",
        "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
        "DOWNSTREAM_LOCAL_PORT",
        "DOWNSTREAM_LOCAL_URI_SAN",
        "DOWNSTREAM_PEER_URI_SAN",
        "DOWNSTREAM_LOCAL_SUBJECT",
        "DOWNSTREAM_PEER_SUBJECT",
        "DOWNSTREAM_PEER_ISSUER",
        "DOWNSTREAM_TLS_SESSION_ID",
        "DOWNSTREAM_TLS_CIPHER",
        "DOWNSTREAM_TLS_VERSION",
        "DOWNSTREAM_PEER_FINGERPRINT_256",
        "DOWNSTREAM_PEER_FINGERPRINT_1",
        "DOWNSTREAM_PEER_SERIAL",
        "DOWNSTREAM_PEER_CERT",
        "DOWNSTREAM_PEER_CERT_V_START",
        "DOWNSTREAM_PEER_CERT_V_END",
        "REQUESTED_SERVER_NAME",
        "UPSTREAM_REMOTE_ADDRESS",
        "UPSTREAM_LOCAL_ADDRESS",
        "CONNECTION_ID",
    }
)


def is_header_name(name: str) -> bool:
    """Whether the text can name a header."""
    return 0 < len(name.encode()) <= _MOST and not _FORBIDDEN.search(name)


def header_value(text: str) -> str | None:
    """The value as it is to be sent, commands that Envoy knows kept; None where no header can carry it."""
    if _FORBIDDEN.search(text) or len(text.encode()) > _MOST:
        return None
    if "%" not in text or _well_formed(text):
        return text
    return text.replace("%", "%%")


def _well_formed(text: str) -> bool:
    found = _COMMAND.findall(text)
    return "%" not in _COMMAND.sub("", text) and all(_known(command) for command in found)


def _known(command: str) -> bool:
    if command == "%%":
        return True
    name = _NAME.match(command)
    assert name is not None, command
    if name[1] in _WITH_ARGUMENT:
        inside = command[len(name[0]) :]
        return inside.startswith("(") and not inside.startswith("()")
    if name[1] == "START_TIME":
        return True
    return name[1] in _PLAIN and command == f"%{name[1]}%"
