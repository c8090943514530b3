"""`Submitter`: what is submitted here becomes entries of the log, one after the other, each answered once it is done.

At most `LANES` entries are in flight: while the writer has one, the next is read and sent, and what piles up meanwhile
is one entry. Entries keep the order of what was submitted, but for what is sent again since its entry was refused. An
entry is answered when this process has seen the writer's progress past it, whoever that writer is. One that the brokers
may or may not have taken is refused: it may still take effect, as whoever submitted it would have it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from pipeline.engines.contract import Receipt
from pipeline.log.contract import ChangeUnanswered, LogUnusable
from pipeline.topics.outgoing import entry_record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pipeline.engines.intake import Intake, Submission
    from pipeline.topics.outgoing import Outgoing
    from pipeline.topics.progress import Progress

LANES: Final = 2
"""How many entries of a process are in flight; run `step` in as many tasks."""


class EntryRefused(Exception):
    """The writer could not step the entry: it broke a stage, or the brokers do not take a record of its size."""


@dataclass(slots=True)
class _Flight:
    """What is on its way: its offset in the log once it has one, and why the writer refused it, if it did."""

    group: list[Submission]
    offset: int | None = None
    refused: str = ""
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Submitter:
    """Takes groups of batches from the intake; call `step` again and again, tell `settled` of every progress."""

    def __init__(
        self,
        intake: Intake,
        send: Callable[[Outgoing], Awaitable[int]],
        failed: Callable[[LogUnusable], None],
        anew: Callable[[], None],
        unwritten: float,
    ) -> None:
        """`send` appends to the log and gives the offset; `failed` hears why nothing can be made durable now.

        `anew` hears that the log seems to be another. An entry that nobody took for `unwritten` seconds is refused.
        """
        self._intake = intake
        self._send = send
        self._failed = failed
        self._anew = anew
        self._unwritten = unwritten
        self._turn = asyncio.Lock()
        self._flights: list[_Flight] = []
        self._given_up = -1
        self._progress: Progress | None = None
        self._log = ""

    def begin(self, log: str, last: int = -1) -> None:
        """Submit to the log's topic of this id from now on; `last` is the offset of its last entry (-1: it has none).

        Until that is taken, nobody here knows what those who submit have said before, maybe in another life of theirs.
        """
        self._log = log
        done = self._progress.next_offset if self._progress is not None and self._progress.log == log else 0
        self._given_up = last if last >= done else -1

    @property
    def stuck(self) -> bool:
        """Whether an entry that was there at first, or was given up, still is not taken."""
        return self._given_up >= 0

    async def step(self) -> None:
        """Submit the next entry, and return once it is answered."""
        group: list[Submission] = []
        try:
            async with self._turn:
                group = await self._intake.take()
                flight = await self._depart(group)
            await self._arrive(flight)
        except BaseException:
            _refuse(group, ChangeUnanswered("the engine has stopped"))
            raise

    def settled(self, progress: Progress) -> None:
        """Answer the entries in flight that the progress is past."""
        if progress.log != self._log:
            return
        self._progress = progress
        if progress.next_offset > self._given_up:
            self._given_up = -1
        for flight in list(self._flights):
            if flight.offset is not None and progress.next_offset > flight.offset:
                self._answer(flight, progress)

    def _answer(self, flight: _Flight, progress: Progress) -> None:
        assert flight.offset is not None
        if progress.refused and progress.next_offset == flight.offset + 1:
            flight.refused = progress.refused
        else:
            receipt = Receipt(sequence=progress.base + flight.offset + 1, revision=progress.revision)
            for submission in flight.group:
                submission.answer(receipt)
        self._land(flight)

    def refuse(self, error: LogUnusable) -> None:
        """Refuse what is in flight, of which nobody knows what becomes of it, and all that waits."""
        for flight in list(self._flights):
            _refuse(flight.group, ChangeUnanswered(str(error)))
            self._given_up = max(self._given_up, flight.offset if flight.offset is not None else -1)
            self._land(flight)
        _refuse(self._intake.drain(), error)

    async def _depart(self, group: list[Submission]) -> _Flight:
        """Append a group to the log."""
        flight = _Flight(group)
        self._flights.append(flight)
        done = self._progress.next_offset if self._progress is not None and self._progress.log == self._log else 0
        try:
            flight.offset = await self._send(entry_record(tuple(one.batch for one in group)))
        except (TypeError, ValueError) as error:  # what cannot be encoded
            flight.refused = f"{type(error).__name__}: {error}"
            self._land(flight)
        except MessageSizeTooLargeError:
            flight.refused = "the brokers take no record of that size: submit less at once"
            self._land(flight)
        except (KafkaError, TimeoutError) as error:
            words = str(error) or type(error).__name__
            self._failed(LogUnusable(f"the brokers did not take a change: {words}"))
        else:
            if flight.offset < done:
                self._failed(LogUnusable("the log was made anew: the mesh's topics have to be looked at again"))
                self._anew()
            elif self._progress is not None:
                self.settled(self._progress)
        return flight

    async def _arrive(self, flight: _Flight) -> None:
        """Return when a group is answered; one that is refused for what is in it is split."""
        if flight.offset is not None:
            await self._landed(flight)
        if flight.refused:
            await self._split(flight.group, EntryRefused(flight.refused))

    async def _landed(self, flight: _Flight) -> None:
        try:
            async with asyncio.timeout(self._unwritten):
                await flight.over.wait()
        except TimeoutError:
            text = f"no process with the role `pipeline` has taken a change for {self._unwritten:g} s: is one running?"
            self._failed(LogUnusable(text))

    async def _split(self, group: list[Submission], error: EntryRefused) -> None:
        if len(group) == 1:
            group[0].refuse(error)
            return
        for submission in group:  # out of turn: the other lane may hold that while it waits for something to take
            await self._arrive(await self._depart([submission]))

    def _land(self, flight: _Flight) -> None:
        flight.over.set()
        if flight in self._flights:
            self._flights.remove(flight)


def _refuse(group: list[Submission], error: Exception) -> None:
    for submission in group:
        submission.refuse(error)
