"""From a proxy's log record to attributes. Pure.

The names are those of Mixer's vocabulary (`source.ip` is `source_ip`), so that what people know of it holds. The
attributes fall in two: `Traffic` is what decides which series a request counts in, and is equal for requests that are
alike; the rest of a `Report` are the numbers that are counted. Reading a record is most of what a record costs, so each
message is asked for once, and nothing is read that no metric uses.
"""

from typing import Any, NamedTuple

from envoy.data.accesslog.v3 import accesslog_pb2

from mixer import response_flags
from mixer.workload import UNKNOWN

HTTP = "http"
GRPC = "grpc"
TCP = "tcp"
REQUEST_HEADERS = ("content-type",)
"""What a proxy must be told to log of a request: without it, gRPC is known by its status alone."""

RESPONSE_HEADERS = ("grpc-status",)
"""What a proxy must be told to log of a response's headers and trailers."""

_GRPC_CONTENT = "application/grpc"
_MAX_GRPC_STATUS = 16
# https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
_GRPC_OF_HTTP = {400: "13", 401: "16", 403: "7", 404: "12", 429: "14", 502: "14", 503: "14", 504: "14"}
_STATUS_DIGITS = 2
_GRPC_UNKNOWN = "2"


LONGEST = 512
"""Characters that are read of a text in a record: no name or address is longer, and records are remembered."""


class Traffic(NamedTuple):
    """What decides the labels of a request or connection; beside its reporter."""

    context_protocol: str
    source_ip: str
    source_principal: str
    destination_principal: str
    connection_mtls: bool
    destination_ip: str
    destination_port: int
    local_ip: str
    local_port: int
    upstream_cluster: str
    request_host: str
    response_code: int
    response_grpc_status: str
    context_proxy_error_code: str


class HttpReport(NamedTuple):
    """A request that has ended: sizes in bytes with headers, duration in milliseconds."""

    traffic: Traffic
    request_total_size: int
    response_total_size: int
    response_duration: float


class TcpReport(NamedTuple):
    """A connection, so far or at its end: bytes since its begin; without an id where the proxy gives none."""

    traffic: Traffic
    connection_id: str
    event: int
    received_bytes_total: int
    sent_bytes_total: int


def of_http(entry: Any) -> HttpReport | None:  # noqa: ANN401  a generated message
    """The report in an `HTTPAccessLogEntry`; None for one that a later entry of the same request repeats."""
    common = entry.common_properties
    if common.access_log_type not in _HTTP_ENDS or common.intermediate_log_entry:
        return None
    request, response = entry.request, entry.response
    status = _grpc_status(request.request_headers, response)
    code = response.response_code.value
    return HttpReport(
        _traffic(common, HTTP if status is None else GRPC, request.authority, code, status or ""),
        request.request_headers_bytes + request.request_body_bytes,
        response.response_headers_bytes + response.response_body_bytes,
        _milliseconds(common),
    )


def of_tcp(entry: Any) -> TcpReport:  # noqa: ANN401  a generated message
    """The report in a `TCPAccessLogEntry`, which may be one of several of a connection."""
    common, connection = entry.common_properties, entry.connection_properties
    event = common.access_log_type
    if common.intermediate_log_entry and event not in _TCP_BEFORE_END:
        event = accesslog_pb2.TcpPeriodic
    return TcpReport(
        _traffic(common, TCP, "", 0, ""),
        common.stream_id[:LONGEST],
        event,
        connection.received_bytes,
        connection.sent_bytes,
    )


_HTTP_ENDS = frozenset({accesslog_pb2.NotSet, accesslog_pb2.DownstreamEnd})
_TCP_BEFORE_END = frozenset({accesslog_pb2.TcpUpstreamConnected, accesslog_pb2.TcpPeriodic})


def _traffic(
    common: Any,  # noqa: ANN401  a generated message
    protocol: str,
    host: str,
    code: int,
    status: str,
) -> Traffic:
    direct = common.downstream_direct_remote_address.socket_address.address
    upstream = common.upstream_remote_address.socket_address
    local = common.downstream_local_address.socket_address
    mtls, client, server = _peers(common.tls_properties) if common.HasField("tls_properties") else _NO_PEERS
    flags = common.response_flags
    return Traffic(
        protocol,
        (direct or common.downstream_remote_address.socket_address.address)[:LONGEST],
        client,
        server,
        mtls,
        upstream.address[:LONGEST],
        upstream.port_value,
        local.address[:LONGEST],
        local.port_value,
        common.upstream_cluster[:LONGEST],
        host[:LONGEST],
        code,
        status,
        response_flags.short(flags) if common.HasField("response_flags") else response_flags.NONE,
    )


_NO_PEERS = (False, UNKNOWN, UNKNOWN)


def _peers(tls: Any) -> tuple[bool, str, str]:  # noqa: ANN401  a generated message
    """Whether the client showed a certificate, whose it is, and whose the server's is."""
    peer = tls.peer_certificate_properties
    if not peer.subject_alt_name and not peer.subject:
        return _NO_PEERS
    return True, _identity(peer), _identity(tls.local_certificate_properties)


def _identity(certificate: Any) -> str:  # noqa: ANN401  a generated message
    return next(
        (name.uri[:LONGEST] for name in certificate.subject_alt_name if name.uri.startswith("spiffe://")), UNKNOWN
    )


def _grpc_status(headers: Any, response: Any) -> str | None:  # noqa: ANN401  generated messages
    """The status of a gRPC call as a number; None where it is none."""
    given = response.response_trailers.get("grpc-status") or response.response_headers.get("grpc-status")
    if given is None:
        if not headers.get("content-type", "").startswith(_GRPC_CONTENT):
            return None
        return _GRPC_OF_HTTP.get(response.response_code.value, _GRPC_UNKNOWN)
    # The other end wrote it: only the numbers that gRPC has become labels.
    number = int(given) if given.isascii() and given.isdigit() and len(given) <= _STATUS_DIGITS else -1
    return str(number) if 0 <= number <= _MAX_GRPC_STATUS else _GRPC_UNKNOWN


def _milliseconds(common: Any) -> float:  # noqa: ANN401  a generated message
    taken = common.duration if common.HasField("duration") else common.time_to_last_downstream_tx_byte
    milliseconds: float = taken.seconds * 1e3 + taken.nanos / 1e6
    return milliseconds
