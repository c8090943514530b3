"""Makes certificates: the root's, a workload's, a server's. Pure: times and serial numbers are arguments.

A workload's certificate has an empty subject and exactly one name, its SPIFFE identity, in a critical extension
(X.509-SVID, sections 2 and 4); it may sign and may be either end of a TLS connection, and nothing else.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from citadel.csr import SubjectKey
from citadel.policy import Grant

SERVER_AND_CLIENT = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)

ROOT_NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Galley"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Citadel root"),
    ]
)
"""Never changes: a root that is renewed with another name is another root to every peer (istio/istio#19644)."""


SigningKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
"""The keys that an authority may have; one that is made here is ECDSA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who signs: a certificate that may sign others, and its key. The key is not shown when printed."""

    certificate: x509.Certificate
    key: SigningKey

    def __repr__(self) -> str:
        return f"Issuer({self.certificate.subject.rfc4514_string()})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """From when until when a certificate holds, both UTC."""

    not_before: datetime
    not_after: datetime


def root(key: SigningKey, validity: Validity, serial: int) -> x509.Certificate:
    """A self-signed root that may sign workloads' certificates, and no further authority's."""
    builder = _draft(key.public_key(), ROOT_NAME, validity, serial).issuer_name(ROOT_NAME)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(sign_certificates=True), critical=True)
    return builder.sign(key, hashes.SHA256())


def workload(key: SubjectKey, grant: Grant, issuer: Issuer, serial: int) -> x509.Certificate:
    """The certificate that a grant allows, for the key that a CSR has shown."""
    names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(str(grant.identity))])
    validity = Validity(not_before=grant.not_before, not_after=grant.not_after)
    builder = _draft(key, x509.Name([]), validity, serial).add_extension(names, critical=True)
    return _issued(builder, issuer, SERVER_AND_CLIENT)


def server(key: SubjectKey, names: Sequence[str], validity: Validity, issuer: Issuer, serial: int) -> x509.Certificate:
    """The certificate of a server of ours for host names and IP addresses; it has no identity and is no client's."""
    subject = x509.SubjectAlternativeName([_general_name(name) for name in names])
    builder = _draft(key, x509.Name([]), validity, serial).add_extension(subject, critical=True)
    return _issued(builder, issuer, (ExtendedKeyUsageOID.SERVER_AUTH,))


def to_pem(certificate: x509.Certificate) -> str:
    """One PEM block, with the newline at its end."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _draft(key: SubjectKey, subject: x509.Name, validity: Validity, serial: int) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(subject_name=subject, public_key=key, serial_number=serial)
    builder = builder.not_valid_before(validity.not_before).not_valid_after(validity.not_after)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _issued(
    builder: x509.CertificateBuilder, issuer: Issuer, purposes: Sequence[x509.ObjectIdentifier]
) -> x509.Certificate:
    builder = builder.issuer_name(issuer.certificate.subject)
    builder = builder.add_extension(_authority(issuer.certificate), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(sign_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    return builder.sign(issuer.key, hashes.SHA256())


def _authority(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """The issuer by the identifier that its certificate has, which verifiers compare; else by its key."""
    try:
        found = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier(_identifier(issuer), None, None)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(found)


def _identifier(certificate: x509.Certificate) -> bytes:
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey), "an issuer's key is one that we sign with"
    return x509.SubjectKeyIdentifier.from_public_key(key).digest


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        key_encipherment=not sign_certificates,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
