"""The embedded engine: the contract of every engine, and what is its own: a failing log, coalescing, compaction."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from pipeline.engines.embedded import EmbeddedEngine, EmbeddedSettings
from pipeline.log.contract import Commit, LogUnusable
from pipeline.log.sqlite import SqliteLog
from pipeline.stages.rollback import confirm, differing, release, rollback
from tests.pipeline.builders import batch, delete, key, origin, policy, synced, thing, upsert
from tests.pipeline.engine_contract import ALL, Collector, EngineContract

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from pipeline.engines.contract import Engine, Sink
    from pipeline.log.contract import Log
    from pipeline.stages.policy import Policy

QUICK = EmbeddedSettings(retry=0.001, most_wait=0.0)


@asynccontextmanager
async def started(
    log: Log, *sinks: Sink, rules: Policy = ALL, settings: EmbeddedSettings = QUICK
) -> AsyncIterator[EmbeddedEngine]:
    """Run an engine on a log."""
    engine = EmbeddedEngine(log, rules, settings)
    for sink in sinks:
        engine.attach(sink)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(engine.run())
        await engine.accepting()
        try:
            yield engine
        finally:
            task.cancel()


class TestEmbeddedEngine(EngineContract):
    """The contract, on SQLite."""

    @asynccontextmanager
    async def running(self, folder: Path, *sinks: Sink, rules: Policy = ALL) -> AsyncIterator[Engine]:
        """Run on the log in the folder."""
        log = SqliteLog(folder / "galley.db")
        try:
            async with started(log, *sinks, rules=rules) as engine:
                yield engine
        finally:
            log.close()


class Flaky(SqliteLog):
    """A log on a disk that can be made to fail: before anything is written, or just after."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.full = False
        self.ambiguous = False

    def commit(self, commit: Commit) -> None:
        """Commit, or fail."""
        if self.ambiguous:
            self.ambiguous = False
            super().commit(commit)
            raise LogUnusable("the answer was lost")
        self.probe()
        super().commit(commit)

    def probe(self) -> None:
        """Fail while the disk is full."""
        if self.full:
            raise LogUnusable("the disk is full")
        super().probe()


async def test_while_the_log_fails_nothing_is_accepted_and_everything_is_served(tmp_path: Path) -> None:
    """The state is that of the disk, the snapshot stays; with the disk back, changes are accepted again."""
    log, sink = Flaky(tmp_path / "galley.db"), Collector()
    async with started(log, sink) as engine:
        await engine.submit(batch(upsert("a", 1)))
        log.full = True
        with pytest.raises(LogUnusable, match="the disk is full"):
            await engine.submit(batch(upsert("a", 2)))
        with pytest.raises(LogUnusable, match="the disk is full"):
            await engine.submit(batch(upsert("b")))
        assert engine.trouble == "the disk is full"
        assert engine.snapshot == sink.snapshots[0]
        assert engine.graph.get(key("a")) == thing("a", 1)
        log.full = False
        await engine.accepting()
        assert engine.trouble == ""
        assert engine.state.mesh == {key("a"): thing("a", 1)}
        assert (await engine.submit(batch(upsert("a", 3)))).revision == 2
        assert sink.numbers == [1, 2]
    log.close()


async def test_a_start_on_a_full_disk_serves_and_catches_up(tmp_path: Path) -> None:
    """The last good snapshot comes at once; what the new settings change comes when the disk takes it."""
    log = Flaky(tmp_path / "galley.db")
    async with started(log) as engine:
        await engine.submit(batch(upsert("a", 1), upsert("a", 2, at=origin("x.yaml", source="git"))))
    log.full = True
    sink = Collector()
    engine = EmbeddedEngine(log, policy(precedence=("git",)), QUICK)
    engine.attach(sink)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(engine.run())
        await sink.came.wait()
        with pytest.raises(LogUnusable, match="the disk is full"):
            await engine.submit(batch(upsert("b")))
        assert sink.numbers == [1]
        sink.came.clear()
        log.full = False
        await sink.came.wait()
        assert sink.snapshots[-1].resources[key("a")].spec == thing("a", 2).spec
        task.cancel()
    log.close()


async def test_everybody_who_waits_is_told_that_the_log_failed(tmp_path: Path) -> None:
    """Batches that piled up behind the one that failed are refused as well, not kept waiting."""
    log = Flaky(tmp_path / "galley.db")
    async with started(log) as engine:
        log.full = True
        answers = await asyncio.gather(
            *(engine.submit(batch(upsert("a", value))) for value in range(20)), return_exceptions=True
        )
        assert all(isinstance(answer, LogUnusable) for answer in answers)
        log.full = False
        await engine.accepting()
        assert engine.state.sequence == 0
    log.close()


async def test_a_commit_that_took_place_after_all_is_published(tmp_path: Path) -> None:
    """Where the answer was lost, the submitter hears of a failure, and the disk decides what is so."""
    log, sink = Flaky(tmp_path / "galley.db"), Collector()
    async with started(log, sink) as engine:
        await engine.submit(batch(upsert("a", 1)))
        log.ambiguous = True
        with pytest.raises(LogUnusable, match="the answer was lost"):
            await engine.submit(batch(upsert("a", 2)))
        await engine.accepting()
        assert sink.numbers == [1, 2]
        assert engine.graph.get(key("a")) == thing("a", 2)
        assert (await engine.submit(batch(upsert("a", 2)))).revision == 2
    log.close()


async def test_a_batch_that_breaks_a_stage_is_refused_alone(tmp_path: Path) -> None:
    """A fault of ours in one batch refuses that batch; what was submitted with it takes effect."""
    log = SqliteLog(tmp_path / "galley.db")
    async with started(log) as engine:
        broken = batch(upsert("b"), None)  # type: ignore[arg-type]
        answers = await asyncio.gather(
            *(engine.submit(said) for said in (batch(upsert("a")), broken, batch(upsert("c")))), return_exceptions=True
        )
        assert [isinstance(answer, Exception) for answer in answers] == [False, True, False]
        assert sorted(engine.state.mesh) == [key("a"), key("c")]
        assert engine.trouble == ""
    log.close()


async def test_an_engine_that_is_stopped_leaves_nobody_waiting(tmp_path: Path) -> None:
    """What was submitted and not taken is refused."""
    log = SqliteLog(tmp_path / "galley.db")
    async with started(log) as engine:
        await engine.submit(batch(upsert("a")))
    with pytest.raises(LogUnusable, match="stopped"):
        await engine.submit(batch(upsert("b")))
    log.close()


async def test_a_log_of_a_newer_format_stops_the_start(tmp_path: Path) -> None:
    """A record that cannot be read is no fresh start."""
    log = SqliteLog(tmp_path / "galley.db")
    async with started(log) as engine:
        await engine.submit(batch(upsert("a")))
    log._writer.execute("UPDATE rows SET value = replace(value, '\"f\":1', '\"f\":9')")  # noqa: SLF001  a newer Galley
    with pytest.raises(LogUnusable, match=r"cannot read: a record .* of format 9"):
        await EmbeddedEngine(log, ALL).open()
    log.close()


async def test_silent_sources_hold_the_first_revision_up_for_so_long_only(tmp_path: Path) -> None:
    """After `sync_timeout` the mesh is served without them."""
    log, sink = SqliteLog(tmp_path / "galley.db"), Collector()
    rules = policy(awaited=("files", "git"))
    async with started(log, sink, rules=rules, settings=EmbeddedSettings(sync_timeout=0.05)) as engine:
        assert (await engine.submit(batch(upsert("a"), synced()))).revision == 0
        await sink.came.wait()
        assert sink.numbers == [1]
        assert sink.snapshots[0].revision.cause.reason == "sources.sync_timeout passed"
    log.close()


async def test_the_log_is_compacted_as_it_grows(tmp_path: Path) -> None:
    """No more than the revisions that the settings keep, and a part of an interval, stay."""
    log = SqliteLog(tmp_path / "galley.db")
    settings = EmbeddedSettings(keep=3, compact_every=4, most_wait=0.0)
    async with started(log, settings=settings) as engine:
        for value in range(64):
            await engine.submit(batch(upsert("a", value)))
        while log.compact(settings.keep):
            pass
        assert [revision.number for revision in log.history(10)] == [64, 63, 62]
        assert log.content(62) == {key("a"): thing("a", 61).digest}
    log.close()


async def test_rolling_back_from_the_log_releasing_and_confirming(tmp_path: Path) -> None:
    """What history has of a revision is all that a rollback to it needs; each of the three is a revision of its own."""
    log, sink = SqliteLog(tmp_path / "galley.db"), Collector()
    rules = policy(guard_count=1)
    async with started(log, sink, rules=rules) as engine:
        await engine.submit(batch(*map(upsert, "abc")))
        await engine.submit(batch(upsert("a", 2), delete("c")))
        content = log.content(1)
        assert content is not None
        restored = {changed: log.body(content[changed]) for changed in differing(engine.state, content)}
        assert sorted(restored) == [key("a"), key("c")]
        receipt = await engine.submit(batch(*rollback(engine.state, rules, 1, restored), source="operator"))
        assert receipt.revision == 3
        assert sink.snapshots[-1].revision.digest == sink.snapshots[0].revision.digest
        assert (await engine.submit(batch(*release(engine.state, 1), source="operator"))).revision == 4
        assert sink.snapshots[-1].revision.digest == sink.snapshots[1].revision.digest
        assert (await engine.submit(batch(*map(delete, "ab")))).revision == 4
        assert (await engine.submit(batch(*confirm(engine.state, 5), source="operator"))).revision == 5
        assert sink.snapshots[-1].resources == {}
    log.close()
