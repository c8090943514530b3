"""What people do to the history: roll back, release, confirm. Each is a batch that enters the log like any other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pipeline.engines.contract import Receipt
from pipeline.log.history import bodies, content
from pipeline.model.batch import Batch
from pipeline.stages.rollback import confirm, differing, release, rollback

if TYPE_CHECKING:
    from pipeline.engines.embedded import EmbeddedEngine
    from pipeline.model.batch import Cause
    from pipeline.model.change import Change


class NothingToDo(LookupError):
    """There is no pin to release, or no revision of that number is held; the message says which."""


class Steering:
    """A person's hands on an engine. Every method may raise `pipeline.log.contract.LogUnusable`."""

    def __init__(self, engine: EmbeddedEngine, source: str = "operator") -> None:
        """Steer an engine; `source` is whom its log names."""
        self._engine = engine
        self._source = source

    async def rollback(self, revision: int, cause: Cause) -> Receipt:
        """Bring the mesh back to what it was at a revision, as a new one; raise `pipeline.log.history.UnknownRevision`.

        Every object that differs is pinned, until its source says something newer than it does now, or the pin is
        released. Nothing differs: nothing happens.
        """
        wanted = await asyncio.to_thread(content, self._engine.log, revision)
        keys = differing(self._engine.state, wanted)
        restored = await asyncio.to_thread(bodies, self._engine.log, revision, wanted, keys)
        return await self._enter(rollback(self._engine.state, self._engine.policy, revision, restored), cause)

    async def release(self, cause: Cause, revision: int | None = None) -> Receipt:
        """Lift the pins of the rollback to a revision, or all; raise `NothingToDo` where there is none."""
        changes = release(self._engine.state, revision)
        if not changes:
            what = "no object" if revision is None else f"no object of a rollback to revision {revision}"
            raise NothingToDo(f"{what} is pinned")
        return await self._enter(changes, cause)

    async def confirm(self, revision: int, cause: Cause) -> Receipt:
        """Let the held revision through; raise `NothingToDo` where none of that number is held."""
        changes = confirm(self._engine.state, revision)
        if not changes:
            hold = self._engine.state.hold
            held = f"revision {hold.number} is" if hold else "none is"
            raise NothingToDo(f"revision {revision} is not held back; {held}")
        return await self._enter(changes, cause)

    async def _enter(self, changes: tuple[Change, ...], cause: Cause) -> Receipt:
        if changes:
            return await self._engine.submit(Batch(source=self._source, changes=changes, cause=cause, whole=True))
        state = self._engine.state
        return Receipt(sequence=state.sequence, revision=state.revision.number if state.revision else 0)
