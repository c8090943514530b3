"""`Writer`: the role `pipeline` of a process: a Faust worker, and a term of writing whenever the log is given to it.

A worker that fails is replaced by a new one, after a while. A term that is over is followed by another as long as the
log stays ours; an entry that a term could not bring to its end is taken by the next.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
from aiokafka.errors import KafkaError

from pipeline.engines.embedded import OURSELVES
from pipeline.engines.kafka.backoff import Backoff
from pipeline.engines.kafka.faust_worker import FaustWorker, WorkerFailed
from pipeline.engines.kafka.takeover import mend, rewrite, take_over
from pipeline.engines.kafka.term import TermOver
from pipeline.engines.kafka.tidying import Tidying
from pipeline.model.batch import Batch, Cause
from pipeline.model.change import Configured, Confirmed
from pipeline.stages.arrange import in_words
from pipeline.stages.review import review
from pipeline.topics.outgoing import entry_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.engines.kafka.takeover import Post
    from pipeline.engines.kafka.term import Term
    from pipeline.engines.kafka.tuning import KafkaTuning
    from pipeline.model.change import Change

_log = structlog.get_logger("pipeline.engines")


class Writer:
    """Implements `pipeline.engines.kafka.faust_worker.Handler`; run `run` in a task."""

    def __init__(
        self,
        post: Post,
        worker: Callable[[Writer], FaustWorker],
        tuning: KafkaTuning,
        settled: Callable[[], None],
    ) -> None:
        """`worker` makes a worker for us; `settled` hears that, as far as we are concerned, changes can be accepted.

        That is once the log was given to another worker, or to us and what settings and version changed is entered.
        """
        self._post = post
        self._make = worker
        self._tuning = tuning
        self._settled = settled
        self._tidying = Tidying(tuning.keep, tuning.dropped)
        self._worker: FaustWorker | None = None
        self._ours = asyncio.Event()
        self._term: Term | None = None
        self._begun = asyncio.Event()
        self._ended = asyncio.Event()
        self.restart = asyncio.Event()
        """Set it to have the worker made anew."""

    @property
    def term(self) -> Term | None:
        """The term, while there is one."""
        return self._term if self._term is not None and not self._term.over else None

    @property
    def worker(self) -> FaustWorker | None:
        """The worker, while there is one."""
        return self._worker

    # -- what the worker tells ----------------------------------------------------------------------------------

    def assigned(self, *, ours: bool) -> None:
        """Hear that the group is balanced."""
        self._end()
        if ours:
            self._ours.set()
        else:
            self._settled()

    def revoked(self) -> None:
        """Hear that the log is not ours."""
        self._ours.clear()
        self._end()

    async def take(self, offset: int, value: bytes | None) -> None:
        """Bring an entry to its end, under whatever term does."""
        while True:
            await self._begun.wait()
            term = self._term
            assert term is not None
            try:
                await term.take(offset, value)
            except TermOver:
                self._end()
            except KafkaError as error:
                _log.warning("writer.term-failed", epoch=term.epoch, error=str(error) or type(error).__name__)
                self._end()
            except Exception as error:  # noqa: BLE001  the per-record guard: Faust would pass over the entry
                _log.error("writer.term-failed", epoch=term.epoch, exc_info=error)
                self._end()
            else:
                return

    # -- life ---------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._work(), name="writer.worker")
            tasks.create_task(self._write(), name="writer.terms")

    async def look(self, *, lost: bool) -> None:
        """Mend what older writers spoilt since, and tidy up; with `lost`, write all anew. Between two entries."""
        term, follower = self.term, self._post.following.follower
        if term is None or follower is None:
            return
        try:
            await (rewrite(self._post, term) if lost else mend(self._post, term))
            await self._tidying.tidy(follower, term, time.monotonic())
        except (TermOver, KafkaError) as error:
            _log.warning("writer.term-failed", epoch=term.epoch, error=str(error) or type(error).__name__)
            self._end()

    def give_way(self) -> None:
        """End the term where another has claimed since: no reader counts what it says; another term claims anew."""
        term, follower = self.term, self._post.following.follower
        if term is not None and follower is not None and follower.claimed_after(term.epoch):
            _log.warning("writer.claimed-over", epoch=term.epoch)
            self._end()

    async def poke(self) -> None:
        """Have the worker fetch the log again from where the term is."""
        term, worker = self.term, self._worker
        if term is not None and worker is not None and not term.busy:
            _log.warning("writer.poked", offset=term.progress.next_offset)
            with suppress(KafkaError):
                await worker.go_on_from(term.progress.next_offset)

    async def _work(self) -> None:
        backoff = Backoff(self._tuning.retry, self._tuning.longest_retry)
        while True:
            await self._fit()
            self.restart.clear()
            started = time.monotonic()
            try:
                self._worker = self._make(self)
                async with asyncio.TaskGroup() as tasks:
                    running = tasks.create_task(self._worker.run(), name="writer.faust")
                    await self.restart.wait()
                    running.cancel()
            except* WorkerFailed as failed:
                _log.warning("writer.worker-failed", error=str(failed.exceptions[0]))
            if time.monotonic() - started > self._tuning.stalled:
                backoff.worked()
            await asyncio.sleep(backoff.wait())

    async def _fit(self) -> None:
        """Return once this version can read all that is there: before, another process has to write."""
        follower = await self._post.following.until(lambda _: True)
        if follower.outdated:
            _log.error("writer.outdated", reason="the topics have records of a newer version of Galley")
            self._settled()
        await self._post.following.until(lambda follower: not follower.outdated)

    async def _write(self) -> None:
        backoff = Backoff(self._tuning.retry, self._tuning.longest_retry)
        while True:
            await self._ours.wait()
            worker = self._worker
            assert worker is not None
            self._ended.clear()
            try:
                async with asyncio.TaskGroup() as tasks:
                    term = tasks.create_task(self._hold(worker), name="writer.term")
                    await self._ended.wait()
                    term.cancel()
                backoff.worked()
            except* (TermOver, KafkaError) as failed:
                _log.warning("writer.term-failed", error=str(failed.exceptions[0]) or repr(failed.exceptions[0]))
                self._end()
                if self._post.following.follower is not None and self._post.following.follower.outdated:
                    self.restart.set()
            if self._ours.is_set():
                await asyncio.sleep(backoff.wait())

    async def _hold(self, worker: FaustWorker) -> None:
        """Take over, and take entries; cancelled when the term is over, or the log is given to somebody anew."""
        term = await take_over(self._post, worker)
        await worker.go_on_from(term.progress.next_offset)
        self._term = term
        self._begun.set()
        await self._begin(term)

    def _end(self) -> None:
        self._begun.clear()
        if self._term is not None:
            self._term.over = True
        self._ended.set()

    # -- what a writer enters itself ----------------------------------------------------------------------------

    async def _begin(self, term: Term) -> None:
        await self._look_again(term)
        self._settled()
        await self._stop_waiting()

    async def _look_again(self, term: Term) -> None:
        """Enter what this version and these settings see otherwise than those that wrote the topics."""
        policy = self._post.policy
        while True:
            state = term.state.copy()
            changes = await asyncio.to_thread(review, state, policy)
            if not changes and (not state.pending or state.revision is None):
                return
            before = bool(state.sources)
            renamed = any(isinstance(change, Configured) for change in changes)
            reason = in_words(state, dict(policy.places)) if renamed else "settings or version changed"
            await self._enter(changes, reason)
            if not renamed:
                return
            if before:
                _log.warning("sources.changed", what=reason)

    async def _stop_waiting(self) -> None:
        """Make the first revision without the sources that have said nothing for so long."""
        if not self._post.policy.awaited:
            return
        await asyncio.sleep(self._tuning.sync_timeout)
        if self._post.following.state.revision is None:
            await self._enter((Confirmed(revision=1),), "sources.sync_timeout passed")

    async def _enter(self, changes: tuple[Change, ...], reason: str) -> None:
        cause = Cause(at=time.time(), trace=secrets.token_hex(8), reason=reason)
        record = entry_record((Batch(source=OURSELVES, changes=changes, cause=cause),))
        offset = await self._post.writer.send(self._post.topics.log, (record,))
        await self._post.following.until(
            lambda follower: follower.progress is not None and follower.progress.next_offset > offset
        )
