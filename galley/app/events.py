"""What happens, as it happens: a bounded history and any number of followers. Used on one event loop only."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from schemas.events.cloud_event import cloud_event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from schemas.events.catalogue import AnyEvent

_HISTORY = 1_000
_QUEUE = 1_000
_IDLE = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened; `body` is the whole of it, as a CloudEvent in JSON."""

    id: str
    data: AnyEvent
    body: bytes


def source_of(name: str) -> str:
    """Return who tells, as a CloudEvent's source: the server, by the name that it has among those of its mesh."""
    return f"/galley/{quote(name, safe='')}"


class Events:
    """Keeps the last events and hands each to every follower; a follower that is too slow loses the oldest.

    An id is unique across servers and restarts: what stands for this life of the server, and a number that counts.
    `hearers` are called with each event, and return at once.
    """

    def __init__(self, source: str, kept: Iterable[Event] = ()) -> None:
        """Start with what earlier lives have told; `source` is the server that tells."""
        self.hearers: list[Callable[[Event], None]] = []
        self._source = source
        self._life = secrets.token_hex(8)
        self._last = 0
        self._kept: deque[Event] = deque(kept, maxlen=_HISTORY)
        self._followers: set[asyncio.Queue[Event | None]] = set()
        self._ended = False

    def add(self, data: AnyEvent, at: float, trace: str) -> None:
        """Record an event and wake the followers; `at` is in seconds since the epoch."""
        self._last += 1
        id_ = f"{self._life}-{self._last}"
        event = Event(id=id_, data=data, body=cloud_event(data, id_=id_, source=self._source, at=at, trace=trace))
        self._kept.append(event)
        self._hand(event)
        for hear in self.hearers:
            hear(event)

    def end(self) -> None:
        """Let followers go once they have what there is: the server ends."""
        self._ended = True
        self._hand(None)

    def kept(self, after: str) -> list[Event]:
        """Return the events kept that came after that one; all, where it is not among them."""
        found = list(self._kept)
        place = next((place for place, event in enumerate(found, 1) if event.id == after), 0)
        return found[place:]

    async def follow(self, after: str) -> AsyncIterator[Event | None]:
        """Yield what `kept` has, then what comes, until `end`; None where nothing has come for a while."""
        with self._queue() as queue:
            for event in self.kept(after):
                yield event
            while not (self._ended and queue.empty()):
                try:
                    async with asyncio.timeout(_IDLE):
                        found = await queue.get()
                except TimeoutError:
                    found = None
                yield found

    def _hand(self, event: Event | None) -> None:
        for queue in self._followers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)

    @contextmanager
    def _queue(self) -> Iterator[asyncio.Queue[Event | None]]:
        queue: asyncio.Queue[Event | None] = asyncio.Queue(_QUEUE)
        self._followers.add(queue)
        try:
            yield queue
        finally:
            self._followers.discard(queue)
