"""Certificates, as somebody else's verifier sees them."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from citadel.authority import Authority
from citadel.policy import BACKDATE, Grant
from citadel.serving import ServingCertificate
from tests.citadel.builders import NOW, identity, p256


def _grant(hours: int = 24) -> Grant:
    return Grant(identity=identity(), not_before=NOW - BACKDATE, not_after=NOW + timedelta(hours=hours))


def test_a_workloads_certificate_verifies_against_the_root(tmp_path: Path) -> None:
    """The chain is good at the moment it is made, its one name is the identity, and it is over when it says so."""
    authority = Authority.open(tmp_path, NOW)
    leaf = authority.sign(p256().public_key(), _grant())
    builder = PolicyBuilder().store(Store([authority.issuer.certificate]))
    verified = builder.time(NOW).build_client_verifier().verify(leaf, [])
    assert [name.value for name in verified.subjects or ()] == [str(identity())]
    for moment in (NOW - timedelta(minutes=3), NOW + timedelta(hours=25)):
        with pytest.raises(VerificationError):
            builder.time(moment).build_client_verifier().verify(leaf, [])


def test_a_workloads_certificate_says_nothing_else(tmp_path: Path) -> None:
    """Empty subject, a critical name, no authority, both ends of TLS, a serial number nobody can guess."""
    authority = Authority.open(tmp_path, NOW)
    leaf, other = (authority.sign(p256().public_key(), _grant()) for _ in range(2))
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert leaf.subject == x509.Name([])
    assert names.critical
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert usage.digital_signature
    assert usage.key_encipherment
    assert not usage.key_cert_sign
    assert set(purposes) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    assert leaf.serial_number != other.serial_number
    assert leaf.serial_number.bit_length() > 64


def test_a_servers_certificate_is_for_its_names_and_no_client(tmp_path: Path) -> None:
    """Host names and addresses verify; another name, or the part of a client, does not."""
    authority = Authority.open(tmp_path, NOW)
    pair = ServingCertificate(authority, ("localhost", "127.0.0.1", "localhost")).current(NOW)
    leaf = x509.load_pem_x509_certificate(pair.certificate_pem)
    builder = PolicyBuilder().store(Store([authority.issuer.certificate])).time(NOW)
    builder.build_server_verifier(x509.DNSName("localhost")).verify(leaf, [])
    with pytest.raises(VerificationError):
        builder.build_server_verifier(x509.DNSName("example.com")).verify(leaf, [])
    with pytest.raises(VerificationError):
        builder.build_client_verifier().verify(leaf, [])


def test_a_servers_certificate_is_made_anew_at_half_of_its_life(tmp_path: Path) -> None:
    """Until then it is the same pair; then another key and another certificate."""
    serving = ServingCertificate(Authority.open(tmp_path, NOW))
    first = serving.current(NOW)
    assert serving.current(NOW + timedelta(hours=11)) is first
    second = serving.current(NOW + timedelta(hours=12))
    assert second.key_pem != first.key_pem
    assert second.renew_at == NOW + timedelta(hours=24)
