"""The certificate authority: its key, its certificate, and the files they live in. Keeps a key; time is an argument.

Two files in one directory, named as Istio names them: `ca-key.pem` (0600) and `ca-cert.pem`. The key is written first;
a key without a certificate is a creation that was interrupted, or a certificate that was lost, and gets a certificate
of the same name and key, which verifies all that the key has signed. A certificate without its key is an error, for
only the operator can say whether the key can be brought back. Two processes that start at once get the same authority.
"""

import os
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from citadel import certificate, durable_file
from citadel.certificate import Issuer, SigningKey, Validity
from citadel.csr import RSA_BITS, SubjectKey
from citadel.policy import BACKDATE, Grant

KEY_FILE = "ca-key.pem"
CERTIFICATE_FILE = "ca-cert.pem"
LIFETIME = timedelta(days=3650)
"""Ten years, as Istio's since 1.1.8: the one year before that ended in outages (istio/istio#14516)."""

MAX_FILE_BYTES = 64 * 1024


class AuthorityError(Exception):
    """The authority's files cannot be used; the message names the file and says what to do."""


class Authority:
    """Signs. Immutable once made."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.root_pem = certificate.to_pem(issuer.certificate)

    @classmethod
    def open(cls, directory: Path, now: datetime) -> Self:
        """The authority that lives in a directory, made there if there is none. Raises `AuthorityError`."""
        try:
            durable_file.make_directory(directory)
            key = _load_key(directory / KEY_FILE) or _create_key(directory)
            issued = _load_certificate(directory / CERTIFICATE_FILE) or _create_certificate(directory, key, now)
        except OSError as error:
            where = error.filename or directory
            raise AuthorityError(
                f"{where}: {error.strerror or error}; the authority's directory must be ours"
            ) from error
        _verify(directory, issued, key, now)
        return cls(Issuer(certificate=issued, key=key))

    @property
    def end(self) -> datetime:
        """When the authority's own certificate ends (UTC)."""
        return self.issuer.certificate.not_valid_after_utc

    def sign(self, key: SubjectKey, grant: Grant) -> x509.Certificate:
        """A workload's certificate with a fresh serial number."""
        return certificate.workload(key, grant, self.issuer, x509.random_serial_number())


def _load_key(path: Path) -> SigningKey | None:
    if not path.exists():
        return None
    found = path.stat()
    mode = stat.S_IMODE(found.st_mode)
    if not is_private(mode, ours=found.st_uid == os.geteuid()):
        raise AuthorityError(f"{path} is readable by others (mode {mode:04o}); do `chmod 600 {path}`")
    try:
        key = serialization.load_pem_private_key(_read(path), password=None)
    except TypeError as error:
        raise AuthorityError(f"{path} is encrypted; write it without a password, mode 0600") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise AuthorityError(f"{path} is not a private key in PEM; bring it back from a copy") from error
    match key:
        case ec.EllipticCurvePrivateKey(curve=ec.SECP256R1() | ec.SECP384R1()):
            return key
        case rsa.RSAPrivateKey() if key.key_size in RSA_BITS:
            return key
        case _:
            raise AuthorityError(f"{path} is not an ECDSA key on P-256 or P-384, nor an RSA key of 2048 to 4096 bits")


def is_private(mode: int, *, ours: bool) -> bool:
    """Whether a key of this mode is its reader's alone.

    A file that is not ours can be read by us only through its group: so a cluster mounts a Secret for a user without
    rights, of root, mode 0440 or 0640, with a group that is the pod's own (`fsGroup`).
    """
    return not mode & (0o077 if ours else 0o037)


def _create_key(directory: Path) -> SigningKey:
    path, other = directory / KEY_FILE, directory / CERTIFICATE_FILE
    if other.exists():
        if (theirs := _load_key(path)) is not None:  # both were made since we looked: the key comes first
            return theirs
        raise AuthorityError(
            f"{path} is missing and {other} is there; bring the key back, "
            f"or remove {other} for a new authority, which every workload then has to be told"
        )
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    if durable_file.create(path, pem):
        return key
    theirs = _load_key(path)
    assert theirs is not None, "a name that is taken is a file that is there"
    return theirs


def _load_certificate(path: Path) -> x509.Certificate | None:
    if not path.exists():
        return None
    try:
        found = x509.load_pem_x509_certificates(_read(path))
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise AuthorityError(f"{path} is not a certificate in PEM; bring it back from a copy") from error
    if len(found) != 1:
        raise AuthorityError(f"{path} holds {len(found)} certificates; it must hold the root alone")
    return found[0]


def _create_certificate(directory: Path, key: SigningKey, now: datetime) -> x509.Certificate:
    start = now.replace(microsecond=0)
    validity = Validity(not_before=start - BACKDATE, not_after=start + LIFETIME)
    made = certificate.root(key, validity, x509.random_serial_number())
    path = directory / CERTIFICATE_FILE
    if durable_file.create(path, certificate.to_pem(made).encode(), durable_file.PUBLIC):
        return made
    theirs = _load_certificate(path)
    assert theirs is not None, "a name that is taken is a file that is there"
    return theirs


def _verify(directory: Path, issued: x509.Certificate, key: SigningKey, now: datetime) -> None:
    path, key_path = directory / CERTIFICATE_FILE, directory / KEY_FILE
    if issued.public_key() != key.public_key():
        raise AuthorityError(f"{path} and {key_path} are not of one pair; bring back the two that belong together")
    try:
        issued.verify_directly_issued_by(issued)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise AuthorityError(f"{path} is not self-signed; put a root certificate there, not an intermediate") from error
    if not _may_sign(issued):
        raise AuthorityError(f"{path} is not a certificate authority's (basicConstraints CA, keyUsage keyCertSign)")
    if issued.not_valid_after_utc <= now:
        end = f"{issued.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
        raise AuthorityError(f"{path} ended at {end}; remove it for one with the same key, and tell every workload")


def _may_sign(issued: x509.Certificate) -> bool:
    try:
        constraints = issued.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = issued.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return constraints.ca and usage.key_cert_sign


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise AuthorityError(f"{path} has more than {MAX_FILE_BYTES} bytes; it is no key or certificate of ours")
    return data
