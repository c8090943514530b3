"""Requests that are accepted, and those that are not."""

import base64
import contextlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from citadel.csr import MAX_BYTES, CsrError, check
from tests.citadel.builders import csr_pem, p256, rsa_key


def _blocks(der: bytes) -> str:
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{text}-----END CERTIFICATE REQUEST-----\n"


@pytest.mark.parametrize("key", [p256(), ec.generate_private_key(ec.SECP384R1()), rsa_key()])
def test_the_key_of_a_good_request_is_given(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    """The key is all that is taken from a request."""
    assert check(csr_pem(key)) == key.public_key()
    assert check(csr_pem(key).replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")) == key.public_key()


def test_a_request_that_another_key_signed_is_refused() -> None:
    """Proof of possession: the signature must be that of the key in the request."""
    pem = csr_pem()
    der = bytearray(x509.load_pem_x509_csr(pem.encode()).public_bytes(serialization.Encoding.DER))
    der[-1] ^= 1
    with pytest.raises(CsrError, match=r"not signed by the key|cannot be read"):
        check(_blocks(bytes(der)))


def test_keys_that_are_weak_or_unknown_to_envoy_are_refused() -> None:
    """Small RSA, odd curves, Ed25519: refused, with what to use."""
    ed = x509.CertificateSigningRequestBuilder(subject_name=x509.Name([])).sign(
        ed25519.Ed25519PrivateKey.generate(), None
    )
    small = csr_pem(rsa.generate_private_key(65537, 1024))  # noqa: S505  weak on purpose
    exponent = csr_pem(rsa.generate_private_key(3, 2048))
    curve = csr_pem(ec.generate_private_key(ec.SECP256K1()))
    for pem in (ed.public_bytes(serialization.Encoding.PEM).decode(), small, exponent, curve):
        with pytest.raises(CsrError, match="not certified"):
            check(pem)


def test_size_and_shape_come_first() -> None:
    """Too large, more than one, none, a key instead: refused before anything is parsed."""
    key = p256().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for text in ("", "x" * (MAX_BYTES + 1), csr_pem() * 2, key.decode(), _blocks(b"\x30\x03\x02\x01")):
        with pytest.raises(CsrError):
            check(text)


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(1, 255))
def test_no_bytes_do_more_than_be_refused(noise: bytes, at: int, flip: int) -> None:
    """Noise, and a good request with one byte changed, end in `CsrError` or in the key of the request."""
    good = bytearray(x509.load_pem_x509_csr(_PEM.encode()).public_bytes(serialization.Encoding.DER))
    good[at % len(good)] ^= flip
    for text in (_blocks(noise), _blocks(bytes(good)), noise.decode("latin-1")):
        with contextlib.suppress(CsrError):
            check(text)


_PEM = csr_pem(p256(), "spiffe://cluster.local/ns/a/sa/b", hashes.SHA512())
