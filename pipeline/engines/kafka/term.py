"""`Term`: one writer's time, from its claim until it is revoked, cannot write, or another claims.

Theory of operation. A term owns a state of its own, a copy of what the topics say. For each entry of the log it steps
that state and sends what came of it in three parts, each acknowledged before the next: the bodies of what changed, the
revision (the commit point), the rows through Faust's table with the progress last. Where a part cannot be sent the
state is ahead of the topics, so the term is over, and whoever may write next begins with another. What an older term
still sends is dropped by every reader, by its epoch.

An entry that nobody can read, or that breaks a stage, changes nothing but the progress, which says why. One without
batches is a writer's own, so that the rows that it owes are written.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import structlog

from pipeline.log import failpoints
from pipeline.stages.step import step
from pipeline.topics.outgoing import Sending, entry_record, progress_record, sending
from pipeline.topics.reading import read_entry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from galley.kafka.names import Topics
    from pipeline.engines.kafka.topic_writer import TopicWriter
    from pipeline.model.batch import Entry
    from pipeline.stages.policy import Policy
    from pipeline.stages.state import State
    from pipeline.topics.outgoing import Outgoing
    from pipeline.topics.progress import Progress

_log = structlog.get_logger("pipeline.engines")


class TermOver(Exception):
    """Whoever holds this term writes no more."""


class Table(Protocol):
    """The state's rows, in the changelog of a table; written inside a stream's event alone."""

    def put(self, row: Outgoing) -> None:
        """Write a row, or sweep it."""
        ...

    async def written(self) -> None:
        """Return when the brokers have all that was put; raise where they do not take it."""
        ...


class Term:
    """A writer between claim and end; one entry at a time."""

    def __init__(
        self,
        *,
        topics: Topics,
        writer: TopicWriter,
        table: Table,
        policy: Policy,
        epoch: int,
        state: State,
        progress: Progress,
        again: Callable[[Progress], Awaitable[State]],
        missing: Callable[[int, int], Awaitable[list[tuple[int, bytes | None]]]],
    ) -> None:
        """Own `state`, which the topics have at `progress`.

        `again` gives a fresh copy of it at a progress; `missing` reads the log's records from one offset to another.
        """
        self._topics = topics
        self._writer = writer
        self._table = table
        self._policy = policy
        self._state = state
        self._progress = progress
        self._again = again
        self._missing = missing
        self._owed: tuple[Outgoing, ...] = ()
        self._turn = asyncio.Lock()
        self.epoch = epoch
        self.over = False

    @property
    def state(self) -> State:
        """The state at `progress`; read it, never change it."""
        return self._state

    @property
    def progress(self) -> Progress:
        """What is done."""
        return self._progress

    @property
    def busy(self) -> bool:
        """Whether something is being sent just now."""
        return self._turn.locked()

    async def publish(self, choose: Callable[[], Sending]) -> None:
        """Send what is chosen between two entries: bodies, then revisions; the rows, by a record of our own in the log.

        `choose` may take its time: it runs in a thread, while `state` stands. Raise as `take` does.
        """
        try:
            async with self._turn:
                records = await asyncio.to_thread(choose)
                await self._send_published(records)
                self._owed = (*self._owed, *records.rows)
            if records.rows:
                await self._writer.send(self._topics.log, (entry_record(()),))
        except BaseException:
            self.over = True
            raise

    async def take(self, offset: int, value: bytes | None) -> None:
        """Take the log's record at an offset, and what was missed before it. One that is done already changes nothing.

        Raise `TermOver`, or what keeps the brokers from taking records; the term is over then.
        """
        try:
            async with self._turn:
                if offset > self._progress.next_offset:
                    for missed, record in await self._missing(self._progress.next_offset, offset):
                        await self._enter(missed, record)
                await self._enter(offset, value)
        except BaseException:
            self.over = True
            raise

    async def _enter(self, offset: int, value: bytes | None) -> None:
        if offset < self._progress.next_offset:
            return
        sequence = self._progress.base + offset + 1
        entry = read_entry(value, sequence)
        if isinstance(entry, str):
            _log.error("topic.poison", topic=self._topics.log, offset=offset, error=entry)
            records, refused = Sending(), entry
            self._state.sequence = sequence
        elif not entry.batches:
            records, refused = Sending(), ""
            self._state.sequence = sequence
        else:
            records, refused = await self._step(entry)
        await self._send(records, sequence, refused)

    async def _step(self, entry: Entry) -> tuple[Sending, str]:
        """Step an entry; where that breaks a stage, as if it were empty."""
        try:
            result = step(self._state, entry, self._policy)
        except Exception as error:  # noqa: BLE001  the per-record guard: an entry that breaks a stage breaks no other
            sources = [batch.source for batch in entry.batches]
            _log.error("engine.entry-failed", sources=sources, exc_info=error)
            self._state = await self._again(self._progress)
            self._state.sequence = entry.sequence
            return Sending(), f"{type(error).__name__}: {error}"
        return sending(self._state, result, self.epoch), ""

    async def _send(self, records: Sending, sequence: int, refused: str) -> None:
        failpoints.passed(failpoints.APPEND)
        await self._send_published(records)
        for row in (*self._owed, *records.rows):
            self._table.put(row)
        self._check()
        await self._table.written()
        self._owed = ()
        revision = self._state.revision
        progress = replace(
            self._progress,
            sequence=sequence,
            revision=revision.number if revision else 0,
            refused=refused,
        )
        record = progress_record(progress, self.epoch)
        self._check()
        self._table.put(record)
        await self._table.written()
        self._progress = progress
        failpoints.passed(failpoints.PUBLISH_AFTER)

    async def _send_published(self, records: Sending) -> None:
        """Send bodies, and once they are there, the revisions."""
        bodies, revisions = self._progress.resources, self._progress.revisions
        if records.bodies:
            self._check()
            bodies = await self._writer.send(self._topics.resources, records.bodies)
        failpoints.passed(failpoints.COMMIT_BEFORE)
        if records.revisions:
            self._check()
            revisions = await self._writer.send(self._topics.revisions, records.revisions)
        failpoints.passed(failpoints.COMMIT_AFTER)
        self._progress = replace(self._progress, resources=bodies, revisions=revisions)

    def _check(self) -> None:
        if self.over:
            raise TermOver
