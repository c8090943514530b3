"""What happens, as it happens: a bounded history and any number of followers. Used on one event loop only."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_HISTORY = 1_000
_QUEUE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened: `id` counts from 1; `trace` is that of the change that led to it.

    `type`: of a batch `received`, a `rejected` for each error that keeps something from being served, and `validated`;
    of a revision `published`, `applied` (every connected proxy has answered), `nacked`, `held` (by the shrink guard),
    `rolled back`, `released`; of the validation webhook `denied`. What costs
    time is told once the revision is out: `validated` comes after `published`.
    """

    id: int
    type: str
    at: float
    revision: int
    trace: str
    data: dict[str, object] = field(default_factory=dict)


class Events:
    """Keeps the last events and hands each to every follower; a follower that is too slow loses the oldest."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._last = 0
        self._kept: deque[Event] = deque(maxlen=_HISTORY)
        self._followers: set[asyncio.Queue[Event]] = set()

    def add(self, type_: str, at: float, revision: int = 0, trace: str = "", **data: object) -> None:
        """Record an event and wake the followers."""
        self._last += 1
        event = Event(id=self._last, type=type_, at=at, revision=revision, trace=trace, data=data)
        self._kept.append(event)
        for queue in self._followers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)

    def since(self, revision: int) -> list[Event]:
        """Return the events kept that are of this revision or later."""
        return [event for event in self._kept if event.revision >= revision]

    async def follow(self, after: int) -> AsyncIterator[Event]:
        """Yield the events kept with an id above `after`, then those that come, for ever."""
        with self._queue() as queue:
            for event in list(self._kept):
                if event.id > after:
                    after = event.id
                    yield event
            while True:
                event = await queue.get()
                if event.id > after:
                    after = event.id
                    yield event

    @contextmanager
    def _queue(self) -> Iterator[asyncio.Queue[Event]]:
        queue: asyncio.Queue[Event] = asyncio.Queue(_QUEUE)
        self._followers.add(queue)
        try:
            yield queue
        finally:
            self._followers.discard(queue)
