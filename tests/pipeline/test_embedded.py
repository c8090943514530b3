"""The embedded engine over a real log on disk: what goes in is durable, published, and there again after a restart."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from pipeline.engines.embedded import EmbeddedEngine, EmbeddedSettings
from pipeline.log.sqlite import SqliteLog
from tests.pipeline.builders import batch, delete, key, policy, synced, upsert

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from pipeline.model.snapshot import Snapshot
    from pipeline.stages.policy import Policy


class Collector:
    """A sink that keeps what it was given."""

    def __init__(self, name: str = "collector") -> None:
        self.name = name
        self.snapshots: list[Snapshot] = []

    def publish(self, snapshot: Snapshot, settled: Sequence[tuple[Any, Any]]) -> None:
        """Keep the snapshot."""
        assert settled is not None
        self.snapshots.append(snapshot)

    @property
    def numbers(self) -> list[int]:
        """The revisions that were published, in order."""
        return [snapshot.revision.number for snapshot in self.snapshots]


@asynccontextmanager
async def running(
    path: Path, *, rules: Policy | None = None, settings: EmbeddedSettings | None = None
) -> AsyncIterator[tuple[EmbeddedEngine, Collector]]:
    """Run an engine over the log at a path, with a sink that was there before it opened."""
    log = SqliteLog(path)
    engine = EmbeddedEngine(log, rules or policy(), settings)
    sink = Collector()
    engine.attach(sink)
    try:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(engine.run())
            yield engine, sink
            task.cancel()
    finally:
        log.close()


async def test_a_batch_is_published_and_survives_a_restart(tmp_path: Path) -> None:
    """What was acknowledged is served again after a restart, before any source has spoken, with the same digest."""
    path = tmp_path / "galley.db"
    async with running(path) as (engine, sink):
        receipt = await engine.submit(batch(upsert("a"), upsert("b"), synced()))
        assert receipt.revision == 1
        receipt = await engine.submit(batch(upsert("a", 2), delete("b")))
        assert receipt.revision == 2
        assert sink.numbers == [1, 2]
        before = sink.snapshots[-1]
    async with running(path) as (engine, sink):
        await engine.open()
        await engine.accepting()
        assert sink.snapshots == [before]
        assert engine.graph.get(key("a")) == before.resources[key("a")]
        assert engine.graph.get(key("b")) is None
