"""`KafkaEngine`: the stages over Kafka: one process writes the mesh's topics, every process follows them.

Theory of operation. Opened, the engine publishes what its replica has. Then, for as long as the topics are the ones
that it found, a session runs: a reader follows the mesh's topics, a submitter appends what is submitted here to the
log, and with the role `pipeline` a writer stands by to step the log's entries whenever the group gives it the log. What
is published is always what was read back from the topics, also in the process that wrote it, so that all processes
serve the same versions. Brokers may come and go: what is published stays published, and changes are refused meanwhile.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from aiokafka.errors import KafkaConnectionError, KafkaError

from galley.kafka.faults import BrokersUnreachable, KafkaFault
from galley.kafka.names import Topics
from pipeline.engines.intake import Intake
from pipeline.engines.kafka.backoff import Backoff
from pipeline.engines.kafka.following import Following, Known
from pipeline.engines.kafka.publisher import Publisher
from pipeline.engines.kafka.replica import Replica
from pipeline.engines.kafka.session import Session, SessionOver
from pipeline.engines.kafka.submitter import LANES, Submitter
from pipeline.engines.kafka.tuning import KafkaTuning
from pipeline.log.contract import LogUnusable
from pipeline.model.codec import UnknownFormat, decode
from pipeline.stages.review import reconcile
from pipeline.stages.rows import restore
from pipeline.topics.output import Moved, Published, Settled
from pipeline.topics.progress import PROGRESS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from galley.settings.kafka import KafkaSettings
    from pipeline.derive import Graph
    from pipeline.engines.contract import Receipt, Sink
    from pipeline.log.sqlite import SqliteLog
    from pipeline.model.batch import Batch
    from pipeline.model.snapshot import Snapshot
    from pipeline.stages.policy import Policy
    from pipeline.stages.state import State
    from pipeline.topics.outgoing import Outgoing
    from pipeline.topics.output import Output

_log = structlog.get_logger("pipeline.engines")


class KafkaEngine:
    """Implements `pipeline.engines.contract.Engine`."""

    def __init__(
        self,
        settings: KafkaSettings,
        policy: Policy,
        *,
        replica: SqliteLog,
        folder: Path,
        pipeline: bool = True,
        tuning: KafkaTuning | None = None,
    ) -> None:
        """Take the replica, whose one user the engine is, and the folder that it lies in; `pipeline` is the role."""
        self._settings = settings
        self._policy = policy
        self._log = replica
        self._folder = folder
        self._pipeline = pipeline
        self._tuning = tuning or KafkaTuning()
        self._topics = Topics(settings.prefix)
        self._publisher = Publisher()
        self._following = Following(self)
        self._replica = Replica(replica, lambda: self._following.state, self._tuning)
        self._intake = Intake(
            waiting=self._tuning.waiting,
            most_changes=self._tuning.most_changes,
            most_wait=self._tuning.most_wait,
            clock=lambda: asyncio.get_running_loop().time(),
        )
        self._submitter = Submitter(self._intake, self._append, self._refuse, self._look, self._tuning.unwritten)
        self._session: Session | None = None
        self._trouble: LogUnusable | None = None
        self._opened = False
        self._told = True
        self._working = asyncio.Event()

    # -- what others see ----------------------------------------------------------------------------------------

    @property
    def graph(self) -> Graph:
        """The incremental graph over the published mesh."""
        return self._publisher.graph

    @property
    def state(self) -> State:
        """What the stages remember, by what was read back; read it, never change it."""
        return self._following.state

    @property
    def policy(self) -> Policy:
        """How the stages decide."""
        return self._policy

    @property
    def log(self) -> SqliteLog:
        """The replica, for reading history."""
        return self._log

    @property
    def snapshot(self) -> Snapshot | None:
        """The last published snapshot."""
        return self._publisher.snapshot

    @property
    def trouble(self) -> str:
        """Why no changes are accepted, in words for people; empty while they are."""
        return str(self._trouble) if self._trouble else ""

    @property
    def stalled(self) -> str:
        """Why this process no longer follows its mesh, or does not get on with it; empty while it does."""
        return self._session.stalled if self._session is not None else ""

    @property
    def writing(self) -> bool:
        """Whether this process is the writer of the mesh."""
        return self._session is not None and self._session.writing

    @property
    def failing_sinks(self) -> Mapping[str, str]:
        """The sinks that could not take the last snapshot, and why."""
        return self._publisher.outlet.failures

    def attach(self, sink: Sink) -> None:
        """Add a sink; it gets the last snapshot at once, if there is one."""
        self._publisher.attach(sink)

    async def submit(self, batch: Batch) -> Receipt:
        """Return once the batch is durable and published here; raise `LogUnusable` where it cannot be, now."""
        if self._trouble is not None:
            raise LogUnusable(str(self._trouble))
        if not batch.cause.trace:
            batch = replace(batch, cause=replace(batch.cause, trace=secrets.token_hex(8)))
        return await (await self._intake.put(batch))

    async def accepting(self) -> None:
        """Return when changes are accepted (again)."""
        await self._working.wait()

    # -- what the topics come to --------------------------------------------------------------------------------

    def tell(self, output: Output, *, first: bool) -> None:
        """Hear one thing that was read back: publish it, keep it, answer who waits for it."""
        self._told = True
        self._replica.tell(output, first=first)
        match output:
            case Published():
                self._publisher.published(output, first=first)
            case Moved():
                self._publisher.moved(output)
            case Settled():
                self._submitter.settled(output.progress)

    def polled(self) -> None:
        """Hear that what was read has been told."""
        if not self._told:
            return
        self._told = False
        state = self._following.state
        if state.hold is not None or state.pending or state.revision is None:
            reconcile(state, self._policy)
        self._replica.flush()

    # -- life ---------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Publish the last good snapshot of the replica; raise `LogUnusable` where its file cannot be used."""
        if self._opened:
            return
        known = await asyncio.to_thread(self._restore)
        self._following.last = known
        self._replica.has(known.state)
        self._publisher.restore(known.state)
        self._opened = True

    async def run(self) -> None:
        """Work until cancelled."""
        await self.open()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._replica.run(), name="engine.replica")
                tasks.create_task(self._sessions(), name="engine.sessions")
                for lane in range(LANES):
                    tasks.create_task(self._submit(), name=f"engine.submitter.{lane}")
        finally:
            self._close(LogUnusable("the engine has stopped"))

    def _restore(self) -> Known:
        recovered = self._log.recover()
        try:
            state = restore(recovered.tables, recovered.sequence, recovered.revision)
            table, row = PROGRESS
            progress = recovered.tables.get(table, {}).get(row)
            known = Known(state, decode(progress) if progress else None)
        except UnknownFormat as error:
            raise LogUnusable(f"the replica has what this version of Galley cannot read: {error}") from error
        reconcile(state, self._policy)
        return known

    async def _sessions(self) -> None:
        """Run one session after the other."""
        backoff = Backoff(self._tuning.retry, self._tuning.longest_retry)
        since = time.time()
        while True:
            try:
                self._session = session = await Session.open(
                    self._settings, self._tuning, self._following, self._submitter
                )
                if self._pipeline:
                    session.stand_by(self._policy, self._log, self._folder / "faust")
                since = time.time()
                backoff.worked()
                await session.run(self._accept, self._refuse)
            except SessionOver as ended:
                self._refuse(LogUnusable(str(ended)))
            except BrokersUnreachable as error:
                at = datetime.fromtimestamp(since, UTC).strftime("%H:%M:%S")
                self._refuse(LogUnusable(f"no broker has been reached since {at} UTC: {error}"))
            except (KafkaFault, KafkaError) as error:
                self._refuse(LogUnusable(str(error) or type(error).__name__))
            except ExceptionGroup as failed:  # the lifecycle's guard: what is published is served on
                _log.error("engine.session-failed", exc_info=failed)
                self._refuse(LogUnusable("what follows the mesh's topics has failed, and is begun anew; see the log"))
            finally:
                over, self._session = self._session, None
                if over is not None:
                    await over.close()
            await asyncio.sleep(backoff.wait())

    async def _submit(self) -> None:
        while True:
            await self._working.wait()
            await self._submitter.step()

    async def _append(self, record: Outgoing) -> int:
        if self._session is None:
            raise KafkaConnectionError("the brokers are being asked for the topics")
        return await self._session.append(record)

    def _look(self) -> None:
        if self._session is not None:
            self._session.look_now()

    def _accept(self) -> None:
        """Accept changes."""
        if self._trouble is not None:
            _log.info("log.usable")
        self._trouble = None
        self._working.set()

    def _refuse(self, error: LogUnusable) -> None:
        """Accept nothing more, and tell everybody who waits."""
        if self.trouble != str(error):
            _log.error("log.unusable", error=str(error))
        self._close(error)

    def _close(self, error: LogUnusable) -> None:
        self._trouble = error
        self._working.clear()
        self._submitter.refuse(error)
