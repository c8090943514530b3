"""A process does what its roles say, and opens what they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.app.live import running

if TYPE_CHECKING:
    from pathlib import Path

_OPENED = {
    "xds": {"xds", "xds_tls"},
    "mixer": {"mixer"},
    "citadel": {"citadel"},
    "webhook": {"webhook"},
    "ingest": set(),
}


@pytest.mark.parametrize("role", _OPENED)
async def test_a_process_opens_the_addresses_of_its_roles_only(tmp_path: Path, role: str) -> None:
    """And the administration, always; xDS over TLS needs no Citadel in the same process."""
    async with running(tmp_path, roles=("ingest", "pipeline", role)) as live:
        assert set(live.addresses) == {"admin", *_OPENED[role]}


async def test_an_empty_address_is_not_opened(tmp_path: Path) -> None:
    """Each may be off by itself."""
    off = {"address": ""}
    async with running(
        tmp_path, xds={"address": "127.0.0.1:0", "tls_address": ""}, mixer=off, citadel=off, webhook=off
    ) as live:
        assert set(live.addresses) == {"admin", "xds"}
