"""`ServingContext`: what the webhook's address shows to whoever connects, renewed while it listens.

A context is loaded anew in place, so that connections that are open stay, and those that come get the new certificate.
OpenSSL reads a certificate and its key from files alone: they are written to memory, or, where the system has no files
in memory, to a file of ours that is gone at once.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from citadel.authority import Authority
    from citadel.serving import ServerPair, ServingCertificate

_LOOK: Final = 60.0
"""Seconds between two looks at most: a machine's clock may jump."""


class ServingContext:
    """A TLS context that shows the current certificate of `serving`."""

    def __init__(self, serving: ServingCertificate, renewed: Callable[[], None] = lambda: None) -> None:
        """Load the current certificate; `renewed` is told whenever another one is loaded."""
        self._serving = serving
        self._renewed = renewed
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._pair = self._load()

    @property
    def root_pem(self) -> str:
        """The root that a client must trust, PEM."""
        return self._serving.authority.root_pem

    @property
    def authority(self) -> Authority:
        """Who issues what is shown."""
        return self._serving.authority

    def serve(self, serving: ServingCertificate) -> None:
        """Show another server's certificate from now on."""
        self._serving = serving
        self._pair = self._load()

    async def keep(self) -> None:
        """Renew the certificate when it is time, until cancelled."""
        while True:
            left = (self._pair.renew_at - datetime.now(UTC)).total_seconds()
            await asyncio.sleep(min(max(left, 0.0), _LOOK))
            if self._serving.current(datetime.now(UTC)) is not self._pair:
                self._pair = self._load()
                self._renewed()

    def _load(self) -> ServerPair:
        pair = self._serving.current(datetime.now(UTC))
        with _file(pair.certificate_pem + pair.key_pem) as path:
            self.context.load_cert_chain(path)
        return pair


@contextmanager
def _file(content: bytes) -> Iterator[str]:
    if hasattr(os, "memfd_create"):
        number = os.memfd_create("certificate")
        try:
            os.write(number, content)
            yield f"/proc/self/fd/{number}"
        finally:
            os.close(number)
    else:
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            yield file.name
