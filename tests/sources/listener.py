"""`Listener`: takes a source's batches as an engine does, and remembers them as the log does."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from galley.sources.known import known_of
from pipeline.model.batch import Batch, Entry
from pipeline.model.change import Deleted, Faulted, Synced, Upserted
from pipeline.stages.policy import Policy
from pipeline.stages.state import State
from pipeline.stages.step import step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from galley.sources.contract import Known, Source
    from pipeline.model.change import Change

POLICY = Policy(judge=lambda _: (), normalise=lambda resource: resource, guard_share=1.0)


class Listener:
    """Steps every batch through the stages; `next` waits for one, `quiet` sees that none comes."""

    def __init__(self) -> None:
        self.state = State()
        self.gate = asyncio.Event()
        """Clear it to keep `emit` from returning."""
        self.gate.set()
        self._batches: asyncio.Queue[Batch] = asyncio.Queue()
        self._emitting = False

    async def emit(self, batch: Batch) -> None:
        """Take a batch."""
        assert not self._emitting, "a source emits one batch after the other"
        self._emitting = True
        step(self.state, Entry(sequence=self.state.sequence + 1, batches=(batch,)), POLICY)
        self._batches.put_nowait(batch)
        await self.gate.wait()
        self._emitting = False

    async def next(self) -> Batch:
        """Return the next batch."""
        async with asyncio.timeout(10):
            return await self._batches.get()

    def skip(self) -> None:
        """Pass over the batches that came."""
        self._batches = asyncio.Queue()

    async def quiet(self, seconds: float = 0.4) -> None:
        """See that no batch comes for so long: longer than any of the source's own waits."""
        try:
            async with asyncio.timeout(seconds):
                batch = await self._batches.get()
        except TimeoutError:
            return
        raise AssertionError(f"nothing was to be said: {said(batch)}")

    def known(self, source: str) -> Known:
        """Return what a restarted source is told."""
        return known_of(self.state, source)

    def names(self) -> set[str]:
        """Return the names of the objects that are served."""
        return {key.name for key in self.state.mesh}

    @asynccontextmanager
    async def running(self, source: Source) -> AsyncIterator[None]:
        """Run a source, and stop it."""
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(source.run(self.known(source.name), self.emit))
            try:
                yield
                assert not task.done(), "a source runs until it is cancelled"
            finally:
                task.cancel()
        assert task.cancelled()


def said(batch: Batch) -> list[str]:
    """Return a batch's changes as words: `+a` upserted, `-a` deleted, `!f` faulty, `=f` mended, `.` synced."""
    return [_word(change) for change in batch.changes]


def _word(change: Change) -> str:
    match change:
        case Upserted():
            return f"+{change.resource.key.name}"
        case Deleted():
            return f"-{change.key.name}"
        case Faulted():
            return f"!{change.origin.file}" if change.diagnostics else f"={change.origin.file}"
        case Synced():
            return "."
        case _:
            raise AssertionError(change)
