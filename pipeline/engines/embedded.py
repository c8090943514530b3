"""`EmbeddedEngine`: one loop over a durable log; nothing else to install.

Theory of operation. Opened, it restores the stages' state from the log and publishes the last good snapshot, before
any source has said a word. Then it takes batches one entry at a time: step the state, make the step durable, apply it
to the graph, publish. Whoever submitted a batch hears of it after that. Disk work happens in a thread, so that a slow
disk never stops what serves. Where the log fails, the state is restored from it, so that memory never runs ahead of
disk; nothing is accepted until a probe succeeds, and what is published stays published.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from pipeline.derive import Graph
from pipeline.engines.contract import Receipt
from pipeline.engines.intake import Intake
from pipeline.engines.outlet import Outlet
from pipeline.log import failpoints
from pipeline.log.contract import Commit, LogUnusable
from pipeline.model.batch import Batch, Cause, Entry
from pipeline.model.change import Configured, Confirmed
from pipeline.model.codec import UnknownFormat
from pipeline.model.snapshot import Snapshot
from pipeline.stages.arrange import in_words
from pipeline.stages.review import reconcile, review
from pipeline.stages.rows import restore
from pipeline.stages.state import State
from pipeline.stages.step import step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.engines.contract import Sink
    from pipeline.engines.intake import Submission
    from pipeline.log.contract import Log
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.stages.policy import Policy

_log = structlog.get_logger("pipeline.engines")

OURSELVES = "galley"
"""The source of the batches that the engine makes itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedSettings:
    """How the engine runs; times in seconds.

    `keep` revisions of history; the first revision waits `sync_timeout` for sources; a burst is waited with for
    `most_wait`; `waiting` batches queue; an entry has `most_changes` unless one batch has more; the log is compacted
    after `compact_every` entries; a failed log is tried again after `retry`, then ever later, up to 5 s.
    """

    keep: int = 1_000
    sync_timeout: float = 30.0
    most_wait: float = 0.1
    waiting: int = 1_024
    most_changes: int = 10_000
    compact_every: int = 64
    retry: float = 0.1


class EmbeddedEngine:
    """Implements `pipeline.engines.contract.Engine`."""

    def __init__(self, log: Log, policy: Policy, settings: EmbeddedSettings | None = None) -> None:
        """Take the log, whose one user the engine is; `open` or `run` reads it."""
        self._log = log
        self._policy = policy
        self._settings = settings or EmbeddedSettings()
        self._graph = Graph()
        self._state = State()
        self._snapshot: Snapshot | None = None
        self._outlet = Outlet()
        self._trouble: LogUnusable | None = None
        self._opened = False
        self._working = asyncio.Event()
        self._grown = asyncio.Event()
        self._intake = Intake(
            waiting=self._settings.waiting,
            most_changes=self._settings.most_changes,
            most_wait=self._settings.most_wait,
            clock=lambda: asyncio.get_running_loop().time(),
        )

    # -- what others see ----------------------------------------------------------------------------------------

    @property
    def graph(self) -> Graph:
        """The incremental graph over the published mesh."""
        return self._graph

    @property
    def state(self) -> State:
        """What the stages remember; read it, never change it."""
        return self._state

    @property
    def policy(self) -> Policy:
        """How the stages decide."""
        return self._policy

    @property
    def log(self) -> Log:
        """The log, for reading history."""
        return self._log

    @property
    def snapshot(self) -> Snapshot | None:
        """The last published snapshot."""
        return self._snapshot

    @property
    def trouble(self) -> str:
        """Why no changes are accepted, in words for people; empty while they are."""
        return str(self._trouble) if self._trouble else ""

    @property
    def stalled(self) -> str:
        """Nothing is followed here, so it never lags: always empty."""
        return ""

    @property
    def failing_sinks(self) -> Mapping[str, str]:
        """The sinks that could not take the last snapshot, and why."""
        return self._outlet.failures

    def attach(self, sink: Sink) -> None:
        """Add a sink; it gets the last snapshot at once, if there is one."""
        self._outlet.attach(sink, self._snapshot)

    async def submit(self, batch: Batch) -> Receipt:
        """Return once the batch is durable and published; raise `LogUnusable` where it cannot be, now."""
        if self._trouble is not None:
            raise LogUnusable(str(self._trouble))
        if not batch.cause.trace:
            batch = replace(batch, cause=replace(batch.cause, trace=secrets.token_hex(8)))
        return await (await self._intake.put(batch))

    async def accepting(self) -> None:
        """Return when changes are accepted (again)."""
        await self._working.wait()

    # -- life ---------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Restore what the log has and publish the last good snapshot; raise `LogUnusable`."""
        if not self._opened:
            await self._restore()
            self._opened = True

    async def run(self) -> None:
        """Take batches until cancelled."""
        await self.open()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pump(), name="engine.pump")
                tasks.create_task(self._compact(), name="engine.compact")
                tasks.create_task(self._stop_waiting(), name="engine.first-revision")
        finally:
            self._refuse(LogUnusable("the engine has stopped"))

    async def _pump(self) -> None:
        await self._look_again()
        self._working.set()
        while True:
            await self._take(await self._intake.take())

    async def _take(self, group: list[Submission]) -> None:
        """Make an entry of what was submitted, and answer. A batch that breaks a stage is refused alone."""
        try:
            receipt = await self._enter(tuple(submission.batch for submission in group))
        except LogUnusable as error:
            self._refuse(error, group)
            await self._mend()
        except Exception as error:  # noqa: BLE001  the per-record guard: a batch that breaks a stage breaks no other
            _log.error("engine.entry-failed", sources=[one.batch.source for one in group], exc_info=error)
            await self._mend()
            if len(group) == 1:
                group[0].refuse(error)
            else:
                for submission in group:
                    await self._take([submission])
        except BaseException:
            self._refuse(LogUnusable("the engine has stopped"), group)
            raise
        else:
            for submission in group:
                submission.answer(receipt)

    async def _enter(self, batches: tuple[Batch, ...]) -> Receipt:
        """Bring batches through the stages, to disk, to the graph and to the sinks."""
        state = self._state
        entry = Entry(sequence=state.sequence + 1, batches=batches)
        result = step(state, entry, self._policy)
        commit = Commit(
            entry=entry,
            revision=result.revision,
            bodies=tuple(resource for resource in result.changed.values() if resource is not None),
            rows=result.rows,
            encoder=result.encoder,
        )
        await asyncio.to_thread(self._log.commit, commit)
        self._publish({**result.moved, **result.changed}, again=result.revision is not None)
        if entry.sequence % self._settings.compact_every == 0:
            self._grown.set()
        return Receipt(sequence=entry.sequence, revision=state.revision.number if state.revision else 0)

    def _publish(self, changes: Mapping[Key, Resource | None], *, again: bool) -> None:
        """Apply what changed to the graph, and hand the state's mesh to the sinks if it did, or is to be."""
        failpoints.passed(failpoints.PUBLISH_BEFORE)
        self._graph.apply(changes)
        settled = self._graph.settle()
        if self._state.revision is not None and (changes or again):
            self._snapshot = Snapshot(revision=self._state.revision, resources=dict(self._state.mesh))
            self._outlet.publish(self._snapshot, settled)
        failpoints.passed(failpoints.PUBLISH_AFTER)

    # -- the log ------------------------------------------------------------------------------------------------

    async def _restore(self) -> None:
        """Take the state from the log, and publish it where it is not what is published."""
        state = await asyncio.to_thread(self._load)
        before = self._snapshot.resources if self._snapshot else {}
        changes: dict[Key, Resource | None] = {key: None for key in before if key not in state.mesh}
        changes |= {key: resource for key, resource in state.mesh.items() if before.get(key) != resource}
        self._state = state
        number = state.revision.number if state.revision else 0
        self._publish(changes, again=number != (self._snapshot.revision.number if self._snapshot else 0))

    def _load(self) -> State:
        recovered = self._log.recover()
        try:
            state = restore(recovered.tables, recovered.sequence, recovered.revision)
        except UnknownFormat as error:
            raise LogUnusable(f"the log has what this version of Galley cannot read: {error}") from error
        reconcile(state, self._policy)
        return state

    async def _look_again(self) -> None:
        """Enter what this version and these settings see otherwise than those that wrote the log."""
        while True:
            changes = await asyncio.to_thread(review, self._state, self._policy)
            if not changes and (not self._state.pending or self._state.revision is None):
                return
            before = bool(self._state.sources)
            renamed = any(isinstance(change, Configured) for change in changes)
            reason = in_words(self._state, dict(self._policy.places)) if renamed else "settings or version changed"
            cause = Cause(at=time.time(), trace=secrets.token_hex(8), reason=reason)
            try:
                await self._enter((Batch(source=OURSELVES, changes=changes, cause=cause),))
            except LogUnusable as error:
                self._refuse(error)
                await self._mend()
            else:
                if not renamed:
                    return
                if before:
                    _log.warning("sources.changed", what=reason)

    def _refuse(self, error: LogUnusable, group: list[Submission] | None = None) -> None:
        """Accept nothing more, and tell everybody who waits."""
        self._trouble = error
        self._working.clear()
        for submission in (*(group or ()), *self._intake.drain()):
            submission.refuse(LogUnusable(str(error)))

    async def _mend(self) -> None:
        """Return when the log works again and the state is what it has."""
        delay = self._settings.retry
        restored = False
        if self._trouble is not None:
            _log.error("log.unusable", error=self.trouble)
        while True:
            try:
                if not restored:
                    await self._restore()
                    restored = True
                await asyncio.to_thread(self._log.probe)
                break
            except LogUnusable as error:
                self._refuse(error)
            await asyncio.sleep(delay)
            delay = min(5.0, 2 * delay)
        if self._trouble is not None:
            _log.info("log.usable")
        self._trouble = None
        self._working.set()

    async def _compact(self) -> None:
        while True:
            await self._grown.wait()
            self._grown.clear()
            try:
                more = True
                while more:
                    more = await asyncio.to_thread(self._log.compact, self._settings.keep)
            except LogUnusable as error:
                _log.warning("log.compaction-failed", error=str(error))

    async def _stop_waiting(self) -> None:
        """Make the first revision without the sources that have said nothing for so long."""
        if self._state.revision is not None or not self._policy.awaited:
            return
        await asyncio.sleep(self._settings.sync_timeout)
        cause = Cause(at=time.time(), reason="sources.sync_timeout passed")
        batch = Batch(source=OURSELVES, changes=(Confirmed(revision=1),), cause=cause)
        while self._state.revision is None:
            await self.accepting()
            with suppress(LogUnusable):
                await self.submit(batch)
