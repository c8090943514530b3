"""The server's log: each thing that happens, or goes wrong, is said once."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from tests.app.commands import entry
from tests.app.live import running

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from pathlib import Path
    from typing import Any

_PATIENCE = 20.0


async def _until(log: list[MutableMapping[str, Any]], event: str) -> MutableMapping[str, Any]:
    async with asyncio.timeout(_PATIENCE):
        while not (found := [line for line in log if line["event"] == event]):
            await asyncio.sleep(0.02)
    return found[-1]


async def test_revisions_and_what_is_held_are_said_once(tmp_path: Path) -> None:
    """A revision, an object that is held (with file, line and reason), and its release; each one time."""
    with capture_logs() as log:
        (tmp_path / "mesh").mkdir()
        (tmp_path / "mesh" / "a.yaml").write_text(entry("web"))
        async with running(tmp_path) as live:
            await live.revision(1)
            published = await _until(log, "revision.published")
            assert published["changed"] == 1
            traces = {(await _until(log, event))["trace"] for event in ("source.batch", "revision.applied")}
            assert traces == {published["trace"]}
            (live.files / "a.yaml").write_text(entry("web").replace("resolution", "resolutoin"))
            held = await _until(log, "object.held")
            assert (held["file"], held["code"]) == ("a.yaml", "GLY0101")
            assert "resolution" in held["hint"]
            assert held["serving"] == "still served as of revision 1"
            (live.files / "b.yaml").write_text(entry("other", 2))
            await live.revision(2)
            (live.files / "a.yaml").write_text(entry("web"))
            assert (await _until(log, "object.released"))["resource"] == "ServiceEntry default/web"
    assert sum(line["event"] == "object.held" for line in log) == 1


async def test_a_source_that_fails_is_said_when_it_begins_and_when_it_ends(tmp_path: Path) -> None:
    """A directory that is gone is a warning, with its path; that it is back is said too."""
    with capture_logs() as log:
        async with running(tmp_path) as live:
            (live.files / "a.yaml").write_text(entry("web"))
            await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
            shutil.move(live.files, tmp_path / "away")
            failing = await _until(log, "source.failing")
            assert str(live.files) in failing["errors"][0]
            status = await live.until("/api/v1/status", lambda status: bool(status["held"]))
            assert status["held"][0]["serving"] == "what was in it is still served"
            shutil.move(tmp_path / "away", live.files)
            await _until(log, "source.recovered")


async def test_warnings_are_not_held(tmp_path: Path) -> None:
    """Of a file that cannot be used, `status` names the errors; its warnings are for `validate`."""
    async with running(tmp_path) as live:
        (live.files / "on.yaml").write_text("on: push\n")
        status = await live.until("/api/v1/status", lambda status: bool(status["held"]))
        assert {held["code"] for held in status["held"]} == {"GLY0011", "GLY0012", "GLY0013"}
