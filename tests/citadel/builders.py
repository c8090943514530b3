"""Builders for Citadel's tests: identities, requests, a running server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc.aio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

from citadel.authority import Authority
from citadel.identity import Identity
from citadel.policy import IssuingPolicy
from citadel.server import CertificateService, JoinServer, tls_credentials, utc_now
from citadel.serving import ServingCertificate
from citadel.tokens import TokenStore

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


def identity(namespace: str = "default", account: str = "web", domain: str = "cluster.local") -> Identity:
    """An identity."""
    return Identity(trust_domain=domain, namespace=namespace, service_account=account)


def p256() -> ec.EllipticCurvePrivateKey:
    """A key."""
    return ec.generate_private_key(ec.SECP256R1())


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """An RSA key."""
    return rsa.generate_private_key(65537, bits)


def csr_pem(
    key: CertificateIssuerPrivateKeyTypes | None = None,
    names: str | None = None,
    digest: hashes.SHA256 | hashes.SHA512 | None = None,
) -> str:
    """A request for `key`, with the URI `names` in it."""
    builder = x509.CertificateSigningRequestBuilder(subject_name=x509.Name([]))
    if names is not None:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(names)]), critical=False
        )
    made = builder.sign(key or p256(), digest or hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


@dataclass
class Running:
    """A Citadel with both ports. The last of `policies` counts, and of `ahead`, by which its TLS clock is ahead."""

    authority: Authority
    tokens: TokenStore
    service: CertificateService
    serving: ServingCertificate
    policies: list[IssuingPolicy | None]
    ahead: list[timedelta]
    join: str
    renewal: str

    @property
    def root(self) -> bytes:
        """The root, PEM."""
        return self.authority.root_pem.encode()

    def token(self, whose: Identity | None = None) -> str:
        """A token that is good for an hour."""
        return self.tokens.create(whose or identity(), timedelta(hours=1), now=utc_now())


@asynccontextmanager
async def running(directory: Path, lifetime: timedelta = timedelta(hours=24)) -> AsyncIterator[Running]:
    """Starts a Citadel, and ends it."""
    authority = Authority.open(directory, utc_now())
    tokens = TokenStore(directory / "tokens")
    policies: list[IssuingPolicy | None] = [IssuingPolicy(revision=1)]
    service = CertificateService(authority, tokens, lambda: policies[-1])
    serving = ServingCertificate(authority, lifetime=lifetime)
    ahead = [timedelta()]
    join = JoinServer(service, serving, lambda: utc_now() + ahead[-1])
    renewal = grpc.aio.server(handlers=(service.renewal,), options=(("grpc.so_reuseport", 0),))
    port = renewal.add_secure_port("127.0.0.1:0", tls_credentials(serving, require_client=True))
    await renewal.start()
    join_port = await join.start("127.0.0.1:0")
    try:
        yield Running(
            authority=authority,
            tokens=tokens,
            service=service,
            serving=serving,
            policies=policies,
            ahead=ahead,
            join=f"127.0.0.1:{join_port}",
            renewal=f"127.0.0.1:{port}",
        )
    finally:
        await join.stop(0)
        await renewal.stop(0)
