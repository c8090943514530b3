"""Rows to the rest of the state, an entry at a time: the other half of the follower. Pure; mutable.

Theory of operation. Rows wait until the progress row that ends their entry, which waits until the bodies and revisions
that it names were read and published. Where a writer died within an entry, the next one's progress says which rows do
not count: the entry is done again from the log. The claim alone could not: in a compacted topic, rows of entries that
were done stand before it without the progress rows that ended them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from pipeline.stages.rows import put
from pipeline.topics.output import Settled
from pipeline.topics.progress import PROGRESS, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.stages.state import State
    from pipeline.topics.record import RowRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """An entry that its writer brought to its end."""

    progress: Progress
    rows: list[RowRecord]
    epoch: int
    offset: int


class Settling:
    """Rows in, `Settled` out; keeps the state's claims, faults, pins, sources, hold and sequence."""

    def __init__(self, state: State) -> None:
        """Keep this state."""
        self._state = state
        self._rows: list[RowRecord] = []
        self._due: list[_Due] = []
        self._loose: dict[tuple[str, str], tuple[int, int]] = {}
        self._dropped: dict[tuple[str, str], int] = {}
        self.progress: Progress | None = None
        self._void = -1, -1
        self.ended = -1

    @property
    def complete(self) -> bool:
        """Whether every entry that was read to its end is in the state."""
        return not self._due

    def loose(self, epoch: int) -> tuple[tuple[str, str], ...]:
        """Return the rows whose last record is not in the state, if a writer before this epoch wrote it."""
        return tuple(row for row, (found, _) in self._loose.items() if found < epoch)

    def dropped(self, before: int) -> tuple[tuple[str, str], ...]:
        """Return the rows of which the topic keeps only that they were dropped, before an offset."""
        return tuple(row for row, offset in self._dropped.items() if offset < before)

    def spoilt(self, row: tuple[str, str], epoch: int) -> None:
        """Note that the last record of a row is one that does not count."""
        self._loose[row] = epoch, -1

    def row(self, record: RowRecord) -> None:
        """Take a row that counts."""
        name = record.row.table, record.row.key
        self._loose[name] = record.epoch, record.offset
        self._rows.append(record)
        if name == PROGRESS and isinstance(record.record, Progress):
            self._end(record.record, record)

    def settle(self, there: Callable[[Progress], bool], fenced: Callable[[Progress, int], bool]) -> Iterator[Settled]:
        """Take in the entries whose bodies and revisions are there, and with each those before it.

        An entry whose bodies or revision were fenced, while its rows came before the claim in `state`, is done again.
        """
        self._drop(lambda due: fenced(due.progress, due.epoch))
        ready = next((count for count in range(len(self._due), 0, -1) if there(self._due[count - 1].progress)), 0)
        dues, self._due = self._due[:ready], self._due[ready:]
        rows: list[RowRecord] = []
        for due, following in zip_longest(dues, dues[1:]):
            rows += due.rows
            late = following is not None and due.progress.sequence > following.progress.sequence
            if there(due.progress) and not late:
                yield self._take_in(due, rows)
                rows = []

    def salvage(self, state: State) -> Progress | None:
        """Take all entries that were read to their ends into a state, whatever became of their bodies and revisions."""
        for due in self._due:
            for record in due.rows:
                put(state, record.row, record.record)
            state.sequence = due.progress.sequence
        return self._due[-1].progress if self._due else self.progress

    def _end(self, progress: Progress, record: RowRecord) -> None:
        """Make an entry of the rows until here."""
        void = progress.after, progress.until
        if void != self._void:
            self._void = void
            self._drop(lambda due: progress.after < due.offset < progress.until)
        rows = _counting(self._rows, progress)
        self._due.append(_Due(progress=progress, rows=rows, epoch=record.epoch, offset=record.offset))
        self._rows = []

    def _drop(self, ended: Callable[[_Due], bool]) -> None:
        """Take it that some entries did not come to their end: which of their rows count, a later progress says.

        Where an earlier progress was compacted away, rows of entries that are done are among them.
        """
        if not any(map(ended, self._due)):
            return
        dues, self._due = self._due, []
        open_rows: list[RowRecord] = []
        for due in dues:
            if ended(due):
                open_rows += due.rows[:-1]
            else:
                self._due.append(replace(due, rows=_counting([*open_rows, *due.rows], due.progress)))
                open_rows = []
        self._rows[:0] = open_rows

    def _take_in(self, due: _Due, records: list[RowRecord]) -> Settled:
        for record in records:
            put(self._state, record.row, record.record)
            name = record.row.table, record.row.key
            if self._loose.get(name) == (record.epoch, record.offset):
                del self._loose[name]
            if record.row.value is None and not record.swept:
                self._dropped[name] = record.offset
            else:
                self._dropped.pop(name, None)
        self._state.sequence, self.progress, self.ended = due.progress.sequence, due.progress, due.offset
        rows = tuple(record.row for record in records if (record.row.table, record.row.key) != PROGRESS)
        return Settled(progress=due.progress, rows=rows)


def _counting(rows: list[RowRecord], progress: Progress) -> list[RowRecord]:
    """Return the rows that count by what a progress says."""
    return [row for row in rows if not progress.after < row.offset < progress.until]
