"""Rows to the rest of the state, an entry at a time: the other half of the follower. Pure; mutable.

Theory of operation. Rows wait until the progress row that ends their entry, which waits until the bodies and revisions
that it names were read and published. Where a writer died within an entry, the next one's progress says which rows do
not count: the entry is done again from the log. The claim alone could not: in a compacted topic, rows of entries that
were done stand before it without the progress rows that ended them.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pipeline.stages.rows import put
from pipeline.topics.output import Settled
from pipeline.topics.progress import PROGRESS, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.stages.state import State
    from pipeline.topics.record import RowRecord


class Settling:
    """Rows in, `Settled` out; keeps the state's claims, faults, pins, sources, hold and sequence."""

    def __init__(self, state: State) -> None:
        """Keep this state."""
        self._state = state
        self._rows: list[RowRecord] = []
        self._due: deque[tuple[Progress, tuple[RowRecord, ...]]] = deque()
        self._loose: dict[tuple[str, str], tuple[int, int]] = {}
        self.progress: Progress | None = None
        self.ended = -1

    @property
    def complete(self) -> bool:
        """Whether every entry that was read to its end is in the state."""
        return not self._due

    def loose(self, epoch: int) -> tuple[tuple[str, str], ...]:
        """Return the rows whose last record is not in the state, if a writer before this epoch wrote it."""
        return tuple(row for row, (found, _) in self._loose.items() if found < epoch)

    def spoilt(self, row: tuple[str, str], epoch: int) -> None:
        """Note that the last record of a row is one that does not count."""
        self._loose[row] = epoch, -1

    def row(self, record: RowRecord) -> None:
        """Take a row that counts."""
        name = record.row.table, record.row.key
        self._loose[name] = record.epoch, record.offset
        self._rows.append(record)
        if name == PROGRESS and isinstance(record.record, Progress):
            progress = record.record
            count = tuple(row for row in self._rows if not progress.after < row.offset < progress.until)
            self._due.append((progress, count))
            self._rows = []
            self.ended = record.offset

    def settle(self, there: Callable[[Progress], bool]) -> Iterator[Settled]:
        """Take in the entries whose bodies and revisions are there."""
        while self._due and there(self._due[0][0]):
            progress, records = self._due.popleft()
            for record in records:
                put(self._state, record.row, record.record)
                name = record.row.table, record.row.key
                if self._loose.get(name) == (record.epoch, record.offset):
                    del self._loose[name]
            self._state.sequence = max(self._state.sequence, progress.sequence)
            self.progress = progress
            rows = tuple(record.row for record in records if (record.row.table, record.row.key) != PROGRESS)
            yield Settled(progress=progress, rows=rows)
