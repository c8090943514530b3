"""Checks a certificate signing request. Pure.

A request proves that its sender holds a key, and nothing else: the subject, names and extensions in it are not even
looked at, for the caller's identity decides what the certificate says. Limits come first, so that what an unknown peer
sends costs little: the size, then the shape, the kind of key, and only then the signature.
"""

from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

MAX_BYTES = 16 * 1024
"""More than a request with a 4096-bit RSA key and a hundred names needs."""

RSA_BITS = range(2048, 4096 + 1)
RSA_EXPONENT = 65537  # a huge exponent makes each verification slow; every library uses this one
CURVES = (ec.SECP256R1, ec.SECP384R1)  # those that Envoy's TLS accepts
HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)

_BEGIN = b"-----BEGIN "
_LABELS = (b"-----BEGIN CERTIFICATE REQUEST-----", b"-----BEGIN NEW CERTIFICATE REQUEST-----")

SubjectKey: TypeAlias = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
"""The keys that certificates are issued for."""


class CsrError(ValueError):
    """The request cannot be used; the message is for its sender."""


def check(pem: str) -> SubjectKey:
    """The public key that the sender of `pem` has shown to hold; `CsrError` where the request is no good."""
    data = pem.encode("ascii", errors="replace")
    if len(data) > MAX_BYTES:
        raise CsrError(f"the CSR has {len(data)} bytes, at most {MAX_BYTES} are read; send one PEM request")
    if data.count(_BEGIN) != 1 or not any(label in data for label in _LABELS):
        raise CsrError("the CSR is not one PEM block `CERTIFICATE REQUEST`; send the output of `openssl req -new`")
    try:
        request = x509.load_pem_x509_csr(data)
        key = _usable(request.public_key())
        digest = request.signature_hash_algorithm
        signed = request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        if isinstance(error, CsrError):
            raise
        raise CsrError(f"the CSR cannot be read ({type(error).__name__}); make it again") from None
    if not isinstance(digest, HASHES):
        raise CsrError("the CSR is signed with a hash that is not accepted; use SHA-256, SHA-384 or SHA-512")
    if not signed:
        raise CsrError("the CSR is not signed by the key that it names; sign it with that key")
    return key


def _usable(key: object) -> SubjectKey:
    match key:
        case ec.EllipticCurvePublicKey():
            if not isinstance(key.curve, CURVES):
                raise CsrError(f"keys on the curve {key.curve.name} are not certified; use P-256 or P-384")
            return key
        case rsa.RSAPublicKey():
            if key.key_size not in RSA_BITS:
                raise CsrError(f"RSA keys of {key.key_size} bits are not certified; use 2048 to 4096, or ECDSA P-256")
            if key.public_numbers().e != RSA_EXPONENT:
                raise CsrError(f"RSA keys with another exponent than {RSA_EXPONENT} are not certified; use ECDSA P-256")
            return key
        case _:
            raise CsrError("keys of this kind are not certified; use ECDSA P-256, ECDSA P-384 or RSA")
