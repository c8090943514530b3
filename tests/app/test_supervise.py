"""A source goes on, whatever becomes of it or of the log."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from galley.app.policy import policy_for
from galley.app.supervise import follow
from galley.sources.contract import SourceStatus
from galley.sources.files import FilesSource
from galley.sources.mesh_file import MeshFileSource
from pipeline.engines.embedded import EmbeddedEngine
from pipeline.log.contract import Commit, LogUnusable
from pipeline.log.sqlite import SqliteLog
from schemas.registry import DEFAULT_REGISTRY
from tests.app.commands import entry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from galley.sources.contract import Emit, Known, Source


class Fills(SqliteLog):
    """A log on a disk that can be full."""

    full = False

    def commit(self, commit: Commit) -> None:
        """Refuse while the disk is full."""
        self._room()
        super().commit(commit)

    def probe(self) -> None:
        """Likewise."""
        self._room()
        super().probe()

    def _room(self) -> None:
        if self.full:
            raise LogUnusable("the disk is full")


class Fails:
    """A source that raises the first time."""

    name = "fails"
    status = SourceStatus(name="fails", kind="file", location="")
    runs = 0

    def __init__(self, fault: BaseException) -> None:
        self._fault = fault

    async def run(self, known: Known, emit: Emit) -> None:
        """Fail once, then go on."""
        del known, emit
        self.runs += 1
        if self.runs == 1:
            raise self._fault
        await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def following(log: SqliteLog, source: Source) -> AsyncIterator[EmbeddedEngine]:
    """Run an engine and follow a source."""
    engine = EmbeddedEngine(log, policy_for(DEFAULT_REGISTRY))
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(engine.run()), tasks.create_task(follow(source, engine, engine.submit))]
        try:
            yield engine
        finally:
            for task in work:
                task.cancel()
    log.close()


async def eventually(true: Callable[[], bool]) -> None:
    """Return once something is true."""
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("sort", ["files", "mesh"])
async def test_a_full_disk_costs_no_change(tmp_path: Path, sort: str) -> None:
    """What is written while nothing can be kept is taken as soon as something can; nothing else ends."""
    log = Fills(tmp_path / "data" / "galley.db")
    (tmp_path / "mesh").mkdir()
    file = tmp_path / "mesh" / "a.yaml"
    source: Source = FilesSource(tmp_path / "mesh", name="files")
    texts = [entry("a"), entry("a") + "---\n" + entry("b")]
    if sort == "mesh":
        source = MeshFileSource(file, name="mesh", kind="MeshConfig")
        texts = ["accessLogFile: /a", "accessLogFile: /b"]
    file.write_text(texts[0])
    async with following(log, source) as engine:
        await eventually(lambda: _published(engine) == 1)
        with capture_logs() as logs:
            log.full = True
            file.write_text(texts[1])
            await eventually(lambda: any(line["event"] == "source.waiting" for line in logs))
            log.full = False
            await eventually(lambda: _published(engine) > 1)
    assert _published(engine) == 2


def _published(engine: EmbeddedEngine) -> int:
    return engine.snapshot.revision.number if engine.snapshot is not None else 0


async def test_a_source_that_fails_is_run_again(tmp_path: Path) -> None:
    """With its fault in the log, after a pause; nobody else hears of it."""
    source = Fails(ValueError("our own fault"))
    with capture_logs() as logs:
        async with following(SqliteLog(tmp_path / "galley.db"), source):
            await eventually(lambda: source.runs == 2)
    assert [line["event"] for line in logs] == ["source.failed"]


async def test_a_source_that_a_library_cancels_is_run_again(tmp_path: Path) -> None:
    """Nobody has asked it to end, so it must not end without a word."""
    source = Fails(asyncio.CancelledError())
    async with following(SqliteLog(tmp_path / "galley.db"), source):
        await eventually(lambda: source.runs == 2)
