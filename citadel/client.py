"""The client of a certificate service: obtains a first certificate with a token, and renews with what it has.

Makes the key, which never leaves this process but into the files that `Credentials.write` makes.
"""

from dataclasses import dataclass, field
from pathlib import Path

import grpc
import grpc.aio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from citadel import durable_file
from citadel.identity import Identity
from citadel.proto.certificate_service import PATH, CertificateRequest, decode_response, encode_request

KEY_FILE = "key.pem"
CHAIN_FILE = "cert-chain.pem"
ROOT_FILE = "root-cert.pem"
TIMEOUT = 10.0


class CertificateRefusedError(Exception):
    """The service did not give a certificate; `code` is the gRPC status' name, the message the server's words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A workload's key, its certificate (with what stands between it and the root), and the root, all PEM."""

    key_pem: bytes = field(repr=False)
    chain_pem: bytes
    root_pem: bytes

    @property
    def certificate(self) -> x509.Certificate:
        """The workload's own certificate."""
        return x509.load_pem_x509_certificate(self.chain_pem)

    def write(self, directory: Path) -> tuple[Path, Path, Path]:
        """Writes `key.pem` (0600), `cert-chain.pem` and `root-cert.pem`, each whole or not at all; their paths."""
        durable_file.make_directory(directory)
        key, chain, root = (directory / name for name in (KEY_FILE, CHAIN_FILE, ROOT_FILE))
        durable_file.replace(key, self.key_pem)
        durable_file.replace(chain, self.chain_pem, durable_file.PUBLIC)
        durable_file.replace(root, self.root_pem, durable_file.PUBLIC)
        return key, chain, root


async def obtain(
    address: str, token: str, root_pem: bytes, *, identity: Identity | None = None, validity_seconds: int = 0
) -> Credentials:
    """A first certificate for whoever the token is for, from the join port at `address` (HOST:PORT).

    `identity` goes into the request as a hint and decides nothing. Raises `CertificateRefusedError`.
    """
    trust = grpc.ssl_channel_credentials(root_pem)
    return await _create(address, trust, (("authorization", f"Bearer {token}"),), (identity, validity_seconds))


async def renew(
    address: str, present: Credentials, *, identity: Identity | None = None, validity_seconds: int = 0
) -> Credentials:
    """A new certificate and key for the identity of the present one, from the renewal port at `address` (HOST:PORT).

    Raises `CertificateRefusedError`; where the present certificate is over, only a new token helps.
    """
    trust = grpc.ssl_channel_credentials(present.root_pem, present.key_pem, present.chain_pem)
    return await _create(address, trust, (), (identity, validity_seconds))


async def _create(
    address: str,
    trust: grpc.ChannelCredentials,
    metadata: tuple[tuple[str, str], ...],
    asked: tuple[Identity | None, int],
) -> Credentials:
    key = ec.generate_private_key(ec.SECP256R1())
    identity, seconds = asked
    data = encode_request(CertificateRequest(csr=_csr(key, identity), validity_seconds=seconds))
    async with grpc.aio.secure_channel(address, trust) as channel:
        try:
            answer = await channel.unary_unary(PATH, None, None)(data, metadata=metadata, timeout=TIMEOUT)
        except grpc.aio.AioRpcError as error:
            raise CertificateRefusedError(error.code().name, error.details() or "no reason given") from None
    return _credentials(key, decode_response(answer))


def _csr(key: ec.EllipticCurvePrivateKey, identity: Identity | None) -> str:
    builder = x509.CertificateSigningRequestBuilder(subject_name=x509.Name([]))
    if identity is not None:
        name = x509.UniformResourceIdentifier(str(identity))
        builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode("ascii")


def _credentials(key: ec.EllipticCurvePrivateKey, chain: tuple[str, ...]) -> Credentials:
    if len(chain) < 2:  # noqa: PLR2004  a leaf and a root
        raise CertificateRefusedError(
            "INTERNAL", f"the answer has {len(chain)} certificates, a leaf and a root are needed"
        )
    if x509.load_pem_x509_certificate(chain[0].encode()).public_key() != key.public_key():
        raise CertificateRefusedError("INTERNAL", "the answer certifies another key than the one that was asked for")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Credentials(key_pem=pem, chain_pem="".join(chain[:-1]).encode(), root_pem=chain[-1].encode())
