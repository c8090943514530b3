"""`Following`: one session's work: records come, are said as batches, and are answered once that is durable."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import structlog

from galley.sources.kafka.lost import Lost
from galley.sources.kafka.telling import by_cause
from pipeline.model.batch import Batch, Cause
from pipeline.model.change import Synced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from galley.sources.contract import Emit, SourceStatus
    from galley.sources.kafka.answering import Answering
    from galley.sources.kafka.heard import Heard, Understanding
    from galley.sources.kafka.record import Record
    from galley.sources.kafka.session import Session
    from galley.sources.kafka.telling import Telling
    from pipeline.model.change import Change

_LOG = structlog.get_logger(__name__)

QUIET: Final = 0.005
"""Seconds without a record after which those that came are a batch."""

LONGEST: Final = 0.05
"""Seconds that the first record of a batch waits, at most."""

MOST: Final = 1_000
"""Records of a batch."""

LARGEST: Final = 8 << 20
"""Bytes of a batch's records, beyond which no more are waited for."""

IDLE: Final = 1.0
"""Seconds without a record after which the brokers are asked whether they are there."""

SMALL: Final = 32 * 1024
"""Bytes of records that are read at once; with more, a thread is worth its price."""


NOT_NOTED: Final = "the consumer group is used by others too: what was answered is not noted, and is answered again"


@dataclass(slots=True, kw_only=True)
class Told:
    """What of a run outlives its sessions.

    `positions` are the offsets, by partition, of what is to be read next; `replayed` is whether what is before them was
    read from the topic's beginning, and `named` the places that it has named since, until its end is reached, and then
    None. `revision` is that of the last receipt.
    """

    telling: Telling
    positions: dict[int, int] = field(default_factory=dict)
    replayed: bool = False
    named: set[str] | None = None
    revision: int = 0


class Following:
    """Follows a topic while one session lasts."""

    def __init__(
        self,
        session: Session,
        answering: Answering,
        understanding: Understanding,
        told: Told,
        *,
        status: SourceStatus,
        emit: Emit,
    ) -> None:
        """Go on from what was told."""
        self.session = session
        self.understanding = understanding
        self.told = told
        self.status = status
        self._answering = answering
        self._emit = emit
        self._ends: Mapping[int, int] = {}
        self._is_refused = False

    async def run(self) -> None:
        """Say what comes, until the session is lost."""
        session = self.session
        await self._turn()
        while True:
            if self._is_behind and await self._reached():
                await self._say_run((), closing=True)
            generation, records = await self._gather()
            if session.turned:
                await self._turn()
            if records:
                await self._take(records, generation)
            else:
                await session.probe()
                await self._answering.look_again()
            self.well()
            if session.has_grown:
                raise Lost("the topic has other partitions than it had")

    def well(self) -> None:
        """Note that all is well, but for what keeps answers from being given."""
        told, surveyed = self.told, self.session.surveyed
        self.status.objects = told.telling.objects
        self.status.detail = f"{len(self.session.partitions)} of {len(surveyed.partitions)} partitions"
        if told.replayed and surveyed.forgets:
            self.status.detail += "; it drops old records, and what it drops is deleted here at the next start"
        troubles = [*self._answering.troubles.values(), *([NOT_NOTED] if self._is_refused else [])]
        if self._is_behind:
            self.status.note(troubles)
        else:
            self.status.well(time.time(), *troubles)

    @property
    def _is_behind(self) -> bool:
        """Whether the topic's end, as it was when it was looked for, is still to be reached."""
        return not self.status.synced or self.told.named is not None

    # ------------------------------------------------------------------------------------------------------- hearing

    async def hear(self, records: Sequence[Record]) -> list[Heard]:
        """Return what records say."""
        hear = self.understanding.hear
        if sum(record.size for record in records) <= SMALL:
            return [hear(record) for record in records]
        return await asyncio.to_thread(lambda: [hear(record) for record in records])

    async def _gather(self) -> tuple[int, list[Record]]:
        """Wait for a record, and then until none has come for a moment; return them, and their generation."""
        session, loop = self.session, asyncio.get_running_loop()
        records = await session.records(IDLE, MOST)
        generation, end = session.generation, loop.time() + LONGEST
        while records and len(records) < MOST and loop.time() < end and sum(one.size for one in records) < LARGEST:
            more = await session.records(QUIET, MOST - len(records))
            if session.generation != generation:
                return session.generation, more
            if not more:
                break
            records += more
        return generation, records

    async def _turn(self) -> None:
        """Take the partitions that there are now."""
        self.session.turned = False
        self.told.telling.refresh()
        self._ends = await self.session.ends(self.session.partitions)

    async def _reached(self) -> bool:
        positions = await self.session.positions()
        return all(positions.get(one, 0) >= end for one, end in self._ends.items())

    async def _take(self, records: list[Record], generation: int) -> None:
        """Say what records say, answer, and note how far that is."""
        async with self.session.busy:
            if generation != self.session.generation:
                return  # what was not committed comes again, to whoever has its partition now
            heard = await self.hear(records)
            runs = list(by_cause(heard))
            for number, run in enumerate(runs, 1):
                closing = number == len(runs) and self._is_behind and await self._reached()
                await self._say_run(run, closing=closing)
            await self.settle({record.partition: record.offset + 1 for record in records})

    async def _say_run(self, run: Sequence[Heard], *, closing: bool) -> None:
        """Say records of one cause, and answer for them.

        At the end, `closing`, it is also said that what was not named from the topic's beginning on is gone, and that
        everything is said.
        """
        telling, told = self.told.telling, self.told
        proposals = [telling.propose(run)]
        if told.named is not None:
            told.named |= proposals[0].words.keys()
            if closing:
                proposals.append(telling.gone(sorted(telling.places - told.named)))
        cause = self.cause(self._reason(run), *((run[0].trace, run[0].author) if run else ()))
        changes = [change for proposal in proposals for change in proposal.changes]
        await self.say(changes, cause, synced=closing and not self.status.synced)
        for proposal in proposals:
            telling.said(proposal)
        if closing:
            told.named = None
        await self.answer(run, cause.trace)

    # -------------------------------------------------------------------------------------------------------- saying

    async def say(self, changes: Sequence[Change], cause: Cause, *, synced: bool = False) -> None:
        """Emit changes, if there are any, and `Synced` where everything is said by then."""
        source = self.status.name
        if changes or synced:
            last = (Synced(source=source),) if synced else ()
            receipt = await self._emit(Batch(source=source, changes=(*changes, *last), cause=cause))
            self.told.revision = getattr(receipt, "revision", self.told.revision)
        if synced:
            self.status.synced, self.status.last_sync = True, time.time()
            _LOG.info("source.synced", source=source, changes=len(changes))

    async def answer(self, heard: Sequence[Heard], trace: str) -> None:
        """Answer for records that are said; one that has no trace of its own has that of its batch."""
        await self._answering.answer([(one, one.trace or trace) for one in heard], self.told.revision)

    async def settle(self, positions: Mapping[int, int]) -> None:
        """Note that all before these offsets is said and answered."""
        taken = await self.session.commit(positions)
        self._is_refused = not taken and self.told.replayed
        self.told.positions |= positions

    def cause(self, reason: str, trace: str = "", author: str = "") -> Cause:
        """Return the cause of a batch."""
        return Cause(at=time.time(), trace=trace or secrets.token_hex(16), author=author, reason=reason)

    def _reason(self, run: Sequence[Heard]) -> str:
        places = {place for one in run for place, _ in one.said}
        return next(iter(places)) if len(places) == 1 else f"{len(run)} records of {self.understanding.topic}"
