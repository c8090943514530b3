"""An Envoy's certificate: obtained with a join token, renewed before it ends, where Envoy finds it again by itself."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
import structlog

from citadel import durable_file
from citadel.client import CertificateRefusedError, obtain, renew
from galley.app.envoy.bootstrap import secret_files

if TYPE_CHECKING:
    from pathlib import Path

    from citadel.client import Credentials

_log = structlog.get_logger()
_RETRY = 30.0
_SOONEST = 10.0


async def join(citadel: str, token: str, root_pem: bytes, directory: Path) -> Credentials:
    """Obtain a first certificate and write it to `directory`; raise `CertificateRefusedError`."""
    credentials = await obtain(citadel, token, root_pem)
    _write(credentials, directory)
    return credentials


async def keep_fresh(renewal: str, credentials: Credentials, directory: Path) -> None:
    """Renew at half of the certificate's life, for ever; a failure is tried again while the certificate lasts."""
    while True:
        certificate = credentials.certificate
        end, start = certificate.not_valid_after_utc, certificate.not_valid_before_utc
        due = end - (end - start) / 2
        await asyncio.sleep(max(_SOONEST, (due - datetime.now(UTC)).total_seconds()))
        try:
            credentials = await renew(renewal, credentials)
        except CertificateRefusedError as error:
            _log.warning("certificate.renewal_failed", error=str(error), ends=end.isoformat())
            await asyncio.sleep(_RETRY)
            continue
        _write(credentials, directory)
        _log.info("certificate.renewed", ends=credentials.certificate.not_valid_after_utc.isoformat())


def _write(credentials: Credentials, directory: Path) -> None:
    key, chain, root = credentials.write(directory)
    for path, content in secret_files(directory, key, chain, root).items():
        durable_file.replace(path, orjson.dumps(content))  # a move into place is what Envoy watches for
