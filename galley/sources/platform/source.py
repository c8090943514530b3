"""`PlatformSource`: a registry as a source. It follows the registry, and comes back to it when it is lost."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, Protocol

from galley.sources.backoff import Backoff
from galley.sources.contract import SourceStatus
from galley.sources.platform.lost import Lost
from galley.sources.platform.telling import Telling
from galley.sources.unwrapped import unwrapped

if TYPE_CHECKING:
    from galley.sources.contract import Emit, Known
    from galley.sources.platform.objects import Home

LASTING: Final = 10.0
"""Seconds for which a registry must have been followed before the pauses begin anew."""


class Followed(Protocol):
    """A registry that can be followed."""

    @property
    def location(self) -> str:
        """Where it is, without secrets."""
        ...

    async def follow(self, telling: Telling) -> None:
        """List everything, then say what changes; raise `Lost`, alone or in a group, when it cannot be heard."""
        ...


class PlatformSource:
    """One registry."""

    def __init__(self, registry: Followed, home: Home, kind: str) -> None:
        """Take the registry, and where its objects belong."""
        self._registry = registry
        self._home = home
        self._status = SourceStatus(name=home.source, kind=kind, location=registry.location)

    @property
    def name(self) -> str:
        """See `galley.sources.contract.Source.name`."""
        return self._status.name

    @property
    def status(self) -> SourceStatus:
        """See `galley.sources.contract.Source.status`."""
        return self._status

    async def run(self, known: Known, emit: Emit) -> None:
        """See `galley.sources.contract.Source.run`."""
        telling = Telling(self._home, self._status, known)
        with unwrapped():
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow(telling))
                await telling.run(emit)

    async def _follow(self, telling: Telling) -> None:
        backoff, loop = Backoff(), asyncio.get_running_loop()
        while True:
            begun, why = loop.time(), ""
            telling.begin()
            try:
                await self._registry.follow(telling)
            except* Lost as lost:
                why = _first(lost)
            if loop.time() > begun + LASTING:
                backoff.reset()
            pause = backoff.pause()
            self._status.failing(why or f"{self._registry.location} ended", retry_at=time.time() + pause)
            await asyncio.sleep(pause)


def _first(group: ExceptionGroup[Lost]) -> str:
    error: Exception = group
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return str(error)
