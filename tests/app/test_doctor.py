"""`galley doctor` says what is wrong with an installation, and what to do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.app.commands import galley, route
from tests.app.live import running

if TYPE_CHECKING:
    from pathlib import Path


async def test_what_is_served_and_leads_nowhere_is_told(tmp_path: Path) -> None:
    """A route to a host that nothing declares is good by itself, so it is served; the checkup fails, with the line."""
    async with running(tmp_path) as live:
        (live.files / "a.yaml").write_text(route("nowhere.example"))
        await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
        ran = await asyncio.to_thread(galley, "doctor", "-o", "json", "--server", live.addresses["admin"])
        found = {one["what"]: one for one in ran.json}
        assert ran.code == 1
        assert found["configuration"]["good"]
        assert not found["what is served"]["good"]
        assert "a.yaml:10: IST0101" in found["what is served"]["seen"]
        assert found["what is served"]["remedy"] == "`galley status --findings` lists them all"
        ran = await asyncio.to_thread(galley, "status", "--findings", "--server", live.addresses["admin"])
        assert (ran.code, "1 objects: 1 errors, 0 warnings" in ran.out) == (1, True)
        assert "a.yaml:10:9: error IST0101" in ran.out


async def test_a_held_revision_is_told_with_what_lets_it_through(tmp_path: Path) -> None:
    """What the shrink guard holds is named, with the command that confirms it."""
    async with running(tmp_path, guard={"share": 0.1, "count": 0}) as live:
        (live.files / "a.yaml").write_text(route("web.example"))
        await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
        (live.files / "a.yaml").unlink()
        status = await live.until("/api/v1/status", lambda status: bool(status["guard"]))
        ran = await asyncio.to_thread(galley, "doctor", "--server", live.addresses["admin"])
        assert ran.code == 1
        assert f"galley confirm {status['guard']['revision']}" in ran.out
