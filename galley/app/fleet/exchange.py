"""`Exchange`: our own report to the other servers of the mesh, and theirs to our fleet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import structlog
from pydantic import ValidationError

from galley.app.fleet.report import ServerReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from galley.app.fleet.fleet import Fleet
    from galley.app.fleet.reporter import Reporter

_log = structlog.get_logger("galley")


class Board(Protocol):
    """Where every server says what it has, and all read it: `galley.kafka.live_topic.LiveTopic`."""

    async def put(self, name: str, words: bytes | None) -> None:
        """Say this as the server of that name; None: nothing any more."""
        ...

    async def follow(self, hear: Callable[[str, bytes | None, float], None], read: Callable[[str], None]) -> None:
        """Hear what all say; see `galley.kafka.live_topic.LiveTopic.follow`."""
        ...

    async def close(self) -> None:
        """Say no more."""
        ...


class Exchange:
    """Tells and hears, until cancelled; without a reporter it hears alone."""

    def __init__(self, fleet: Fleet, board: Board, reporter: Reporter | None) -> None:
        """Connect these."""
        self._fleet = fleet
        self._board = board
        self._reporter = reporter

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._board.follow(self._hear, self._fleet.read), name="fleet.follow")
                if self._reporter is not None:
                    tasks.create_task(self._reporter.run(), name="fleet.report")
        finally:
            await self._board.close()

    def _hear(self, server: str, words: bytes | None, age: float) -> None:
        try:
            report = ServerReport.model_validate_json(words) if words is not None else None
        except ValidationError as error:
            _log.warning("fleet.unreadable", server=server, reason=str(error).splitlines()[0])
            return
        self._fleet.hear(server, report, age)
