"""The certificates of what tests run: an authority of their own, servers on loopback, clients; and a key for tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def write_kube_certificates(folder: Path) -> None:
    """Write `ca`, `server` and `admin` (`.crt`, `.key`), and `sa.key`."""
    authority = _Authority("kube-test-ca", folder)
    authority.issue("server", _name("kube-apiserver"), _loopback("kubernetes.default.svc"))
    authority.issue("admin", _name("admin", "system:masters"), _CLIENT)
    _write_key(folder / "sa.key", rsa.generate_private_key(65537, 2048))


def write_broker_certificates(folder: Path) -> Path:
    """Write `ca`, `server`, `client`, and `stranger`, another authority; return the server's store: key, chain."""
    authority = _Authority("kafka-test-ca", folder)
    authority.issue("server", _name("kafka"), _loopback())
    authority.issue("client", _name("galley"), _CLIENT)
    _Authority("some-other-ca", folder, "stranger")
    store = folder / "server.pem"
    store.touch(mode=0o600)
    store.write_bytes(b"".join((folder / f"{name}").read_bytes() for name in ("server.key", "server.crt", "ca.crt")))
    return store


_CLIENT: Final = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])


def _loopback(*further: str) -> x509.SubjectAlternativeName:
    names = (x509.DNSName(name) for name in ("localhost", *further))
    return x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1")), *names])


class _Authority:
    """Signs certificates into a folder, beside its own."""

    def __init__(self, common: str, folder: Path, file: str = "ca") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(common)
        made = (
            _builder(self._name, self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(authority=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        _write(folder, file, made, self._key)

    def issue(self, file: str, subject: x509.Name, extension: x509.ExtensionType) -> None:
        """Write a certificate, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        ours = self._key.public_key()
        made = (
            _builder(subject, self._name, key)
            .add_extension(extension, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(authority=False), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ours), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        _write(self._folder, file, made, key)


def _name(common: str, organisation: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)] if organisation else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _write(folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    (folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    _write_key(folder / f"{name}.key", key)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
