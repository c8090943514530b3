"""`Following`: this process' picture of its mesh, kept up with the topics; wakes whoever waits for something in it.

Each reader that is begun starts a follower of its own; until that has read what is there, what the one before came to
stands. What a follower tells goes to one audience, on the reader's loop.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, Protocol

import structlog

from pipeline.stages.state import State
from pipeline.topics.follower import Follower
from pipeline.topics.output import Published
from pipeline.topics.record import Poison

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pipeline.topics.output import Output
    from pipeline.topics.progress import Progress
    from pipeline.topics.record import Record, Topic

_log = structlog.get_logger("pipeline.engines")


class Audience(Protocol):
    """Who hears what the topics come to."""

    def tell(self, output: Output, *, first: bool) -> None:
        """Hear one thing; `first`: this follower has published nothing before, so its changes are all that is there."""
        ...

    def polled(self) -> None:
        """Hear that all that was there just now has been told; at first, once the topics were read to their ends."""
        ...


class Known(NamedTuple):
    """A state, and its progress (None: of no mesh on Kafka). `followed`: it was read from topics in this run."""

    state: State
    progress: Progress | None
    followed: bool = False


class Following:
    """Implements `pipeline.engines.kafka.topic_reader.Listener`."""

    def __init__(self, audience: Audience) -> None:
        """Start knowing nothing."""
        self._audience = audience
        self._begun: Follower | None = None
        self._published = False
        self._moved = asyncio.Event()
        self.last = Known(State(), None)
        self.floor = 0
        """The revision below which a new follower publishes nothing."""
        self.follower: Follower | None = None
        """The follower that has joined; None before."""

    def leave(self) -> None:
        """Hear that no reader reads: what is known stands, and who waits for something waits for the next one's."""
        self._begun = None

    def begin(self, ends: Mapping[Topic, int]) -> None:
        """Start anew."""
        self._begun = Follower(ends, floor=self.floor)
        self._published = False

    def take(self, records: Sequence[Record]) -> None:
        """Follow some records."""
        assert self._begun is not None
        for record in records:
            if isinstance(record, Poison):
                _log.error("topic.poison", topic=record.topic.value, offset=record.offset, error=record.reason)
            self._tell(self._begun.take(record))

    def reached(self, positions: Mapping[Topic, int]) -> None:
        """Follow how far was read, and wake who waits."""
        assert self._begun is not None
        self._tell(self._begun.reached(positions))
        if self._begun.joined:
            if self.follower is not None and self.follower is not self._begun:
                self.last = Known(self.state, self.follower.progress or self.last.progress, followed=True)
            self.follower = self._begun
            self._audience.polled()
        self._moved.set()
        self._moved = asyncio.Event()

    async def until(self, test: Callable[[Follower], bool]) -> Follower:
        """Return the follower once it has joined and the test is true of it."""
        while self.follower is None or self.follower is not self._begun or not test(self.follower):
            await self._moved.wait()
        return self.follower

    @property
    def state(self) -> State:
        """The state that the topics come to; the last known one where they were not read yet, or lost what they had."""
        if self.follower is None or (self.follower.state.revision is None and self.last.state.revision is not None):
            return self.last.state
        return self.follower.state

    def _tell(self, told: Iterable[Output]) -> None:
        for output in told:
            self._audience.tell(output, first=not self._published)
            self._published |= isinstance(output, Published)
