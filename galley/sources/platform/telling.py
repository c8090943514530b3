"""`Telling`: gathers what is found of services, and emits what differs from what was said, together and in order.

What is found within a moment is one batch, since a registry tells of one event service by service. While a registry is
listed from the beginning nothing is emitted, so that a connection that comes back says all its news at once.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from galley.sources.diff import NOTHING
from galley.sources.platform.account import changes_of
from pipeline.model.batch import Batch, Cause
from pipeline.model.change import Synced

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from galley.sources.contract import Emit, Known, SourceStatus, Words
    from galley.sources.platform.account import Account
    from galley.sources.platform.objects import Home
    from pipeline.model.change import Change

QUIET: Final = 0.03
"""Seconds without further news after which a batch is emitted."""

LONGEST: Final = 0.5
"""Seconds that the first news of a batch waits, at most."""


class Telling:
    """What one source says."""

    def __init__(self, home: Home, status: SourceStatus, known: Known) -> None:
        """Take what was said before."""
        self._home = home
        self._status = status
        self._words: dict[str, Words] = dict(known)
        self._found: dict[str, Account | None] = {}
        self._troubles: dict[str, str] = {}
        self._last = 0.0
        self._fetching = 0
        self._news = asyncio.Event()
        self._listed = asyncio.Event()

    @property
    def home(self) -> Home:
        """Where the objects belong."""
        return self._home

    @property
    def places(self) -> frozenset[str]:
        """The services of which something is said, or about to be."""
        return frozenset(self._words.keys() | self._found.keys())

    @property
    def troubled(self) -> frozenset[str]:
        """What something is wrong with."""
        return frozenset(self._troubles)

    def begin(self) -> None:
        """Emit nothing until everything was listed."""
        self._listed.clear()
        self._troubles.clear()

    def say(self, place: str, found: Account | None) -> None:
        """Note what was found of a service; None: it is gone."""
        self._found[place] = found
        self._last = asyncio.get_running_loop().time()
        self._news.set()

    def listed(self, places: Container[str]) -> None:
        """Note that everything was said of these services, and that there are no others."""
        for place in self.places:
            if place not in places:
                self._found[place] = None
        self._listed.set()
        self._last = asyncio.get_running_loop().time()
        self._news.set()

    def well(self) -> None:
        """Note that the registry was heard and everything it said was taken."""
        if self._listed.is_set():
            self._status.well(time.time(), *(self._troubles[about] for about in sorted(self._troubles)))

    def trouble(self, about: str, text: str) -> None:
        """Note what is wrong with one thing while the rest is well; an empty text takes it back."""
        if text:
            self._troubles[about] = text
        else:
            self._troubles.pop(about, None)

    @contextmanager
    def fetching(self) -> Iterator[None]:
        """Let the next batch wait a little for what is being asked."""
        self._fetching += 1
        try:
            yield
        finally:
            self._fetching -= 1

    async def run(self, emit: Emit) -> None:
        """Emit, until cancelled."""
        while True:
            await self._news.wait()
            await self._settle()
            self._news.clear()
            changes = self._take()
            if changes:
                cause = Cause(at=time.time(), trace=secrets.token_hex(16), reason=f"{self._status.kind} changed")
                await emit(Batch(source=self._home.source, changes=changes, cause=cause))
                self._status.synced = True

    async def _settle(self) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while not self._listed.is_set() or loop.time() < begun + LONGEST:
            if not self._listed.is_set():
                await self._listed.wait()
                begun = loop.time()
            pause = QUIET if self._fetching else self._last + QUIET - loop.time()
            if pause <= 0:
                return
            await asyncio.sleep(pause)

    def _take(self) -> tuple[Change, ...]:
        """Return what is new, and remember it as said."""
        found, self._found = self._found, {}
        changes: list[Change] = []
        for place in sorted(found):
            new = changes_of(self._home, place, self._words.get(place, NOTHING), found[place])
            changes += new.changes
            if new.words is None:
                self._words.pop(place, None)
            else:
                self._words[place] = new.words
        self._status.objects = sum(len(words.said) for words in self._words.values())
        if not self._status.synced:
            changes.append(Synced(source=self._home.source))
        return tuple(changes)
