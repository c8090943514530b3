"""From log records to attributes."""

from typing import Any

import pytest
from envoy.data.accesslog.v3 import accesslog_pb2
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from mixer import response_flags
from mixer.attributes import GRPC, HTTP, of_http, of_tcp
from mixer.workload import UNKNOWN
from tests.mixer.builders import common, http, mtls, tcp


def test_a_request_becomes_traffic_and_numbers() -> None:
    """Addresses, cluster, code, sizes with headers, milliseconds."""
    report = of_http(http())
    assert report is not None
    traffic = report.traffic
    assert (traffic.source_ip, traffic.destination_ip, traffic.destination_port) == ("10.0.0.1", "10.0.0.2", 9080)
    assert (traffic.context_protocol, traffic.response_code, traffic.context_proxy_error_code) == (HTTP, 200, "-")
    assert (traffic.source_principal, traffic.connection_mtls) == (UNKNOWN, False)
    assert (report.request_total_size, report.response_total_size, report.response_duration) == (111, 55, 12)


def test_both_identities_of_mutual_tls_are_read() -> None:
    """The client's from its certificate, the server's from ours; TLS without a client certificate is not mutual."""
    a, b = "spiffe://cluster.local/ns/a/sa/b", "spiffe://cluster.local/ns/c/sa/d"
    report = of_http(http(common(tls_properties=mtls(a, b))))
    plain = of_http(http(common(tls_properties={"tls_sni_hostname": "x"})))
    assert report is not None
    assert plain is not None
    assert report.traffic[2:5] == (a, b, True)
    assert plain.traffic[2:5] == (UNKNOWN, UNKNOWN, False)


@pytest.mark.parametrize(
    ("request_headers", "response", "expected"),
    [
        ({}, {}, (HTTP, "")),
        ({"content-type": "application/grpc+proto"}, {"response_trailers": {"grpc-status": "0"}}, (GRPC, "0")),
        ({}, {"response_headers": {"grpc-status": "12"}}, (GRPC, "12")),
        ({"content-type": "application/grpc"}, {"response_code": 503}, (GRPC, "14")),
        ({"content-type": "application/grpc"}, {}, (GRPC, "2")),
        ({}, {"response_trailers": {"grpc-status": "17"}}, (GRPC, "2")),
        ({}, {"response_trailers": {"grpc-status": "x" * 10_000}}, (GRPC, "2")),
        ({}, {"response_trailers": {"grpc-status": "٣"}}, (GRPC, "2")),
    ],
)
def test_grpc_is_told_by_its_headers_and_its_status_is_one_of_seventeen(
    request_headers: dict[str, str], response: dict[str, Any], expected: tuple[str, str]
) -> None:
    """What the other end writes into `grpc-status` never becomes a label of its own making."""
    report = of_http(http(request={"request_headers": request_headers}, response=response))
    assert report is not None
    assert (report.traffic.context_protocol, report.traffic.response_grpc_status) == expected


def test_every_flag_of_envoy_has_its_short_form() -> None:
    """The table covers the message as it is today, and several are joined in Envoy's order."""
    fields = accesslog_pb2.ResponseFlags.DESCRIPTOR.fields_by_name
    assert set(response_flags.SHORT) == set(fields)
    report = of_http(
        http(common(response_flags={"upstream_retry_limit_exceeded": True, "upstream_connection_failure": True}))
    )
    assert report is not None
    assert report.traffic.context_proxy_error_code == "UF,URX"


@pytest.mark.parametrize("kind", ["DownstreamStart", "DownstreamPeriodic", "UpstreamEnd"])
def test_a_request_counts_at_its_end_alone(kind: str) -> None:
    """Records before the end, and of attempts, are not reports."""
    assert of_http(http(common(access_log_type=kind))) is None
    assert of_http(http(common(access_log_type="DownstreamEnd"))) is not None


def test_a_connection_has_bytes_and_an_event() -> None:
    """Also where an older Envoy says `intermediate` and no type."""
    report = of_tcp(tcp(common(stream_id="x", intermediate_log_entry=True), received=3, sent=4))
    assert (report.connection_id, report.event) == ("x", accesslog_pb2.TcpPeriodic)
    assert (report.received_bytes_total, report.sent_bytes_total) == (3, 4)


@given(st.binary(max_size=200))
def test_no_record_that_parses_is_too_strange(data: bytes) -> None:
    """Whatever bytes are a record, they become a report or none, and nothing breaks."""
    entry = accesslog_pb2.HTTPAccessLogEntry()
    try:
        entry.MergeFromString(data)
    except DecodeError:
        return
    of_http(entry)
