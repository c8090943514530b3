"""Names and values of headers that Envoy takes. Pure.

In a value, `%` opens a command of Envoy's (`%REQ(x)%`); a value with a command that Envoy does not know would be
refused together with everything beside it, so such a value is sent as the plain text that it most likely is.
Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#custom-request-response-headers
"""

from __future__ import annotations

import re

_FORBIDDEN = re.compile(r"[\r\n\0]")
_MOST = 16384
"""The longest name or value (validate rules of envoy.config.core.v3.HeaderValue), in bytes."""
_HEADER = r":?[A-Za-z0-9!\#$&'*+.^_`|~-]+"
_PATH = r"[A-Za-z0-9_.:/-]+"
_COMMAND = re.compile(
    rf"""
    %(?:
      (?P<literal>%)
    | (?P<plain>[A-Z0-9_]+)%
    | (?:REQ|RESP|TRAILER)\({_HEADER}(?:\?{_HEADER})?\)(?::\d{{1,5}})?%
    | (?:DYNAMIC|CLUSTER|UPSTREAM)_METADATA\((?:{_PATH}|\["{_PATH}"(?:,\s*"{_PATH}")*\])\)(?::\d{{1,5}})?%
    | (?:FILTER_STATE|PER_REQUEST_STATE|QUERY_PARAM|ENVIRONMENT)\([A-Za-z0-9_.-]+\)(?::\d{{1,5}})?%
    | FILTER_STATE\([A-Za-z0-9_.-]+:(?:PLAIN|TYPED)\)(?::\d{{1,5}})?%
    | (?:START_TIME|DOWNSTREAM_PEER_CERT_V_(?:START|END))\([^()]*\)%
    )""",
    re.VERBOSE,
)
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
    """Whether every `%` of the text belongs to a command that Envoy knows, or stands for itself (`%%`)."""
    at = text.find("%")
    while at >= 0:
        command = _COMMAND.match(text, at)
        if command is None or (command["plain"] is not None and command["plain"] not in _PLAIN):
            return False
        at = text.find("%", command.end())
    return True
