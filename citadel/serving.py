"""The certificates that our own TLS ports show. Keeps a key, in memory only; time is an argument.

A server's certificate lives for a day and is made anew, with a new key, at half of its life: whoever asks for the
current one then gets the new one. Nothing has to be told or started again, and nothing is on the disk. gRPC asks from
threads of its own, at each handshake; two that come at the same moment of change may both make one, which is harmless.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from citadel import certificate
from citadel.authority import Authority
from citadel.certificate import Validity
from citadel.policy import BACKDATE

LIFETIME = timedelta(hours=24)
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""What a server on this machine is called by; others' names come from the settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPair:
    """A key and the certificate for it, both PEM, and when to make the next pair."""

    key_pem: bytes = field(repr=False)
    certificate_pem: bytes
    renew_at: datetime


class ServingCertificate:
    """The current pair of a server that is called by `names`."""

    def __init__(self, authority: Authority, names: Sequence[str] = LOOPBACK, lifetime: timedelta = LIFETIME) -> None:
        self.authority = authority
        self._names = tuple(dict.fromkeys(names))
        self._lifetime = lifetime
        self._pair: ServerPair | None = None

    def current(self, now: datetime) -> ServerPair:
        """The pair to show at `now`: the same object until half of its life is over."""
        pair = self._pair
        if pair is None or pair.renew_at <= now:
            pair = self._pair = self._make(now)
        return pair

    def _make(self, now: datetime) -> ServerPair:
        key = ec.generate_private_key(ec.SECP256R1())
        end = min(now + self._lifetime, self.authority.end)
        validity = Validity(not_before=now - BACKDATE, not_after=end)
        serial = x509.random_serial_number()
        made = certificate.server(key.public_key(), self._names, validity, self.authority.issuer, serial)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return ServerPair(
            key_pem=pem, certificate_pem=certificate.to_pem(made).encode(), renew_at=now + (end - now) / 2
        )
