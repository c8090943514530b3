"""The wire format is Istio's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citadel.proto.certificate_service import (
    PATH,
    CertificateRequest,
    MalformedMessageError,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)


def test_the_method_and_the_field_numbers_are_istios() -> None:
    """Bytes written by hand from the numbers: csr 1, subject_id 2, validity_duration 3, metadata 4; cert_chain 1."""
    assert PATH == "/istio.v1.auth.IstioCertificateService/CreateCertificate"
    entry = b"\n\x01k\x12\x03\x1a\x01v"  # a map entry: key "k", value {string_value: "v"}
    metadata = b"\n" + bytes([len(entry)]) + entry
    data = b"\n\x01c" + b"\x12\x01s" + b"\x18\x05" + b"\x22" + bytes([len(metadata)]) + metadata
    request = decode_request(data)
    assert request == CertificateRequest(csr="c", validity_seconds=5, metadata={"k": "v"})
    assert encode_request(request) == data.replace(b"\x12\x01s", b"")
    assert encode_response(["a", "b"]) == b"\n\x01a\n\x01b"


def test_a_field_of_a_later_version_is_no_fault() -> None:
    """Unknown fields are skipped, as protobuf wants it."""
    assert decode_request(b"\n\x01c" + b"\x7a\x01x").csr == "c"


@given(st.binary(max_size=100))
def test_bytes_are_a_message_or_are_refused(data: bytes) -> None:
    """Nothing else happens."""
    for decode in (decode_request, decode_response):
        try:
            decode(data)
        except MalformedMessageError:
            continue


def test_text_that_is_not_utf8_is_refused() -> None:
    """As proto3 demands."""
    with pytest.raises(MalformedMessageError):
        decode_request(b"\n\x01\xff")
