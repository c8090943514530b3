"""`Intake`: where batches wait to become entries; the one place that coalesces.

A batch that comes alone becomes an entry at once. What piled up while the last entry was made becomes one entry, within
bounds; a burst waits a little for more (`pipeline.engines.pace`). A `whole` batch is an entry of its own, and is not
waited with. Order is kept; the queue is bounded, so a source that is faster than the disk waits.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.engines.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.engines.contract import Receipt
    from pipeline.model.batch import Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A batch, and who waits for its receipt."""

    batch: Batch
    receipt: asyncio.Future[Receipt]

    def answer(self, receipt: Receipt) -> None:
        """Tell whoever still waits what became of the batch."""
        if not self.receipt.done():
            self.receipt.set_result(receipt)

    def refuse(self, error: Exception) -> None:
        """Tell whoever still waits that nothing became of the batch."""
        if not self.receipt.done():
            self.receipt.set_exception(error)


class Intake:
    """Batches in, groups of batches out, each group an entry."""

    def __init__(self, *, waiting: int, most_changes: int, most_wait: float, clock: Callable[[], float]) -> None:
        """Bound the batches that wait, the changes of an entry, and the seconds that a burst is waited with."""
        self._queue: asyncio.Queue[Submission] = asyncio.Queue(waiting)
        self._next: Submission | None = None
        self._most_changes = most_changes
        self._clock = clock
        self._pace = Pace(most_wait)

    async def put(self, batch: Batch) -> asyncio.Future[Receipt]:
        """Queue a batch, waiting while the queue is full; return the future of its receipt."""
        receipt: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        await self._queue.put(Submission(batch=batch, receipt=receipt))
        return receipt

    async def take(self) -> list[Submission]:
        """Return the submissions of the next entry."""
        group = [self._next or await self._queue.get()]
        self._next = None
        until = self._clock() + self._pace.wait(self._clock())
        while self._room(group) and (submission := await self._more(until - self._clock())):
            if not self._joins(group, submission):
                self._next = submission
                break
            group.append(submission)
        self._pace.made(self._clock())
        return group

    def drain(self) -> list[Submission]:
        """Take out everything that waits."""
        waiting = [self._next] if self._next else []
        self._next = None
        while not self._queue.empty():
            waiting.append(self._queue.get_nowait())
        return waiting

    def _room(self, group: list[Submission]) -> bool:
        return not group[0].batch.whole and _size(group) < self._most_changes

    def _joins(self, group: list[Submission], other: Submission) -> bool:
        return not other.batch.whole and _size([*group, other]) <= self._most_changes

    async def _more(self, left: float) -> Submission | None:
        """Return the next submission, waiting for it so long; None where none came."""
        if not self._queue.empty():
            return self._queue.get_nowait()
        if left <= 0:
            return None
        try:
            async with asyncio.timeout(left):
                return await self._queue.get()
        except TimeoutError:
            return None


def _size(group: list[Submission]) -> int:
    return sum(len(submission.batch.changes) for submission in group)
