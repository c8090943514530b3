"""The replica has what the topics come to, also where the disk failed meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.engines.kafka.replica import Replica
from pipeline.engines.kafka.tuning import KafkaTuning
from pipeline.log.contract import LogUnusable
from pipeline.log.sqlite import SqliteLog
from pipeline.model.batch import Entry
from pipeline.stages.rows import restore
from pipeline.stages.state import State
from pipeline.stages.step import step
from pipeline.topics.output import Published, Settled
from pipeline.topics.progress import Progress
from tests.pipeline.builders import batch, policy, upsert

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipeline.model.resource import Resource
    from pipeline.model.revision import Revision
    from pipeline.stages.rows import Row

RULES = policy()


class Flaky(SqliteLog):
    """A log on a disk that can be made to fail."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.full, self.failed, self.adopted = False, asyncio.Event(), asyncio.Event()
        self.loop = asyncio.get_running_loop()

    def extend(
        self, sequence: int, revisions: Iterable[Revision], bodies: Iterable[Resource], rows: Iterable[Row]
    ) -> None:
        """Add what was told, or fail."""
        if self.full:
            self.loop.call_soon_threadsafe(self.failed.set)
            raise LogUnusable("the disk is full")
        super().extend(sequence, revisions, bodies, rows)

    def adopt(self, state: State, revisions: Iterable[Revision] = ()) -> None:
        """Take a whole state."""
        super().adopt(state, tuple(revisions))
        self.loop.call_soon_threadsafe(self.adopted.set)


def say(replica: Replica, state: State, value: int) -> None:
    """Step an entry, and tell the replica of it."""
    sequence = state.sequence + 1
    result = step(state, Entry(sequence=sequence, batches=(batch(upsert("a", value)),)), RULES)
    assert result.revision is not None
    changes = {key: state.mesh.get(key) for key in result.changed}
    replica.tell(Published(revision=result.revision, changes=changes, revisions=(result.revision,)), first=False)
    rows = tuple(row for row in result.rows if row.table != "mesh")
    replica.tell(Settled(progress=Progress(sequence=sequence, revision=result.revision.number), rows=rows), first=False)
    replica.flush()


async def test_what_the_disk_did_not_take_is_not_forgotten(tmp_path: Path) -> None:
    """Though nothing new comes, and what was told before is said to be all."""
    log, state = Flaky(tmp_path / "galley.db"), State()
    replica = Replica(log, lambda: state, replace(KafkaTuning(), retry=0.05))
    replica.has(state)
    try:
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(replica.run())
            log.full = True
            say(replica, state, 1)
            await log.failed.wait()
            for _ in range(100):
                await asyncio.sleep(0)
                replica.flush()
            log.full = False
            await log.adopted.wait()
            running.cancel()
        found = log.recover()
        again = restore(found.tables, found.sequence, found.revision)
        assert (again.mesh, again.claims, again.revision) == (state.mesh, state.claims, state.revision)
    finally:
        log.close()
