"""`Dirty`: places that must be looked at again, each once however often it is marked, by a few workers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterable

P = TypeVar("P", bound="Hashable")


class Dirty(Generic[P]):
    """Places in the order in which they were first marked."""

    def __init__(self) -> None:
        self._marked: dict[P, None] = {}
        self._busy: set[P] = set()
        self._news = asyncio.Condition()

    async def mark(self, places: Iterable[P]) -> None:
        """Have places looked at; those that are being looked at just now, once more after that."""
        async with self._news:
            self._marked.update(dict.fromkeys(places))
            self._news.notify_all()

    async def idle(self) -> None:
        """Wait until nothing is left to look at."""
        async with self._news:
            await self._news.wait_for(lambda: not self._marked and not self._busy)

    async def work(self, look: Callable[[P], Awaitable[object]]) -> None:
        """Look at what is marked, until cancelled: one place is looked at by one worker at a time."""
        while True:
            async with self._news:
                await self._news.wait_for(lambda: self._next() is not None)
                place = self._next()
                assert place is not None
                del self._marked[place]
                self._busy.add(place)
            try:
                await look(place)
            finally:
                self._busy.discard(place)
            async with self._news:
                self._news.notify_all()

    def _next(self) -> P | None:
        return next((place for place in self._marked if place not in self._busy), None)
