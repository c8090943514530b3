"""`Replica`: keeps the local log up with what the topics come to: history, bodies, and the last good state for a boot.

What is told piles up while the disk works, and is written as one. Where the disk fails, nobody waits for it: once it
works again, the replica is brought to the state as a whole, as that of a process that was away.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import structlog

from pipeline.engines.kafka.backoff import Backoff
from pipeline.log.contract import LogUnusable
from pipeline.model.codec import encode
from pipeline.stages.rows import Row, mesh_rows
from pipeline.stages.state import State
from pipeline.topics.output import Moved, Published, Settled
from pipeline.topics.progress import PROGRESS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.engines.kafka.tuning import KafkaTuning
    from pipeline.log.sqlite import SqliteLog
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.model.revision import Revision
    from pipeline.topics.output import Output
    from pipeline.topics.progress import Progress

_log = structlog.get_logger("pipeline.engines")

_NOWHERE: Final = (-1, -1)


@dataclass(slots=True, kw_only=True)
class _Told:
    """What the replica has not got yet."""

    revisions: list[Revision] = field(default_factory=list)
    changes: dict[Key, Resource | None] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    progress: Progress | None = None
    whole: bool = False


class Replica:
    """Writes in a thread; run `run` in a task."""

    def __init__(self, log: SqliteLog, state: Callable[[], State | None], tuning: KafkaTuning) -> None:
        """`state` gives what the topics come to, by all that was told."""
        self._log = log
        self._state = state
        self._tuning = tuning
        self._told = _Told()
        self._dirty = asyncio.Event()
        self._commits = 0
        self._at = (0, 0)

    def has(self, state: State) -> None:
        """Note that the log is at this state already."""
        self._at = _position(state)

    def tell(self, output: Output, *, first: bool) -> None:
        """Note one thing that the replica is to have; `first`: its changes are all that there is."""
        if first and isinstance(output, Published):
            self._told = _Told(whole=True)
        told = self._told
        match output:
            case Published():
                told.revisions += output.revisions
                told.changes |= output.changes
                told.whole |= output.whole
            case Moved():
                told.changes |= output.changes
            case Settled():
                told.rows += output.rows
                told.progress = output.progress
        if told.whole:  # the state says the rest, and only as much history as is kept counts
            told.changes, told.rows = {}, []
            del told.revisions[: -self._tuning.keep]

    def flush(self) -> None:
        """Let what was told be written, once an entry is done."""
        if self._told.progress is None:
            return
        state = self._state()
        if state is not None and self._told.whole and _position(state) == self._at:
            self._told = _Told()
        else:
            self._dirty.set()

    async def run(self) -> None:
        """Write until cancelled, and then what is left."""
        backoff = Backoff(self._tuning.retry, self._tuning.longest_retry)
        try:
            while True:
                await self._dirty.wait()
                self._dirty.clear()
                told, self._told = self._told, _Told()
                try:
                    await _in_thread(self._job(told))
                    await self._compact()
                    backoff.worked()
                except LogUnusable as error:
                    _log.error("replica.unusable", error=str(error))
                    self._at = _NOWHERE
                    self._told.revisions[:0] = told.revisions
                    self._told.progress = self._told.progress or told.progress
                    self._told.whole = True
                    await asyncio.sleep(backoff.wait())
                    self._dirty.set()
        finally:
            if self._dirty.is_set():
                self._last()

    def _last(self) -> None:
        try:
            self._job(self._told)()
        except LogUnusable as error:
            _log.error("replica.unusable", error=str(error))

    def _job(self, told: _Told) -> Callable[[], None]:
        """Return what writes all that was told, given what is so now."""
        state = self._state()
        if state is None:
            return lambda: None
        self._at = _position(state)
        progress = [Row(*PROGRESS, encode(told.progress))] if told.progress is not None else []
        if told.whole:
            whole = state.copy()
            return lambda: self._adopt(whole, told.revisions, progress)
        sequence = state.sequence
        mesh = {key: state.mesh[key] for key in told.changes if key in state.mesh}
        part = State(mesh=mesh, since={key: state.since[key] for key in mesh})
        return lambda: self._log.extend(
            sequence,
            told.revisions,
            [resource for resource in told.changes.values() if resource is not None],
            [*mesh_rows(part, told.changes), *told.rows, *progress],
        )

    def _adopt(self, state: State, revisions: list[Revision], progress: list[Row]) -> None:
        self._log.adopt(state, revisions)
        self._log.extend(state.sequence, (), (), progress)

    async def _compact(self) -> None:
        self._commits += 1
        if self._commits % self._tuning.compact_every:
            return
        while await _in_thread(lambda: self._log.compact(self._tuning.keep)):
            pass


def _position(state: State) -> tuple[int, int]:
    return state.sequence, state.revision.number if state.revision is not None else 0


async def _in_thread(work: Callable[[], bool | None]) -> bool | None:
    """Return what the work gives; it is waited for also where we are cancelled meanwhile."""
    doing = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await doing
        raise
