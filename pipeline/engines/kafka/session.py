"""`Session`: a process at the topics of its mesh, for as long as these are the same ones and can be used.

It runs the reader, stands by as the writer where the process has that role, and watches over both: what has not heard
from the brokers or does not get on is made anew, and is `stalled` as long as the brokers answer others: where they are
gone, all processes of the mesh serve on, and none is better than another. Topics that were truncated are written anew
by the writer; where one was made anew, the session is over.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog
from aiokafka.errors import KafkaError

from galley.kafka.access import consumer_options, producer_options
from galley.kafka.ensure import ensure_topics
from galley.kafka.faults import BrokersUnreachable, KafkaFault
from galley.kafka.names import Topics
from galley.kafka.wanted import engine_topics
from pipeline.engines.kafka.backoff import Backoff
from pipeline.engines.kafka.faust_worker import FaustWorker
from pipeline.engines.kafka.log_reader import ends_of
from pipeline.engines.kafka.takeover import Post
from pipeline.engines.kafka.topic_reader import ReaderLost, TopicReader
from pipeline.engines.kafka.topic_writer import TopicWriter
from pipeline.engines.kafka.watch import Watch
from pipeline.engines.kafka.writer import Writer
from pipeline.log.contract import LogUnusable
from pipeline.topics.record import Topic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from galley.settings.kafka import KafkaSettings
    from pipeline.engines.kafka.following import Following
    from pipeline.engines.kafka.submitter import Submitter
    from pipeline.engines.kafka.tuning import KafkaTuning
    from pipeline.log.sqlite import SqliteLog
    from pipeline.stages.policy import Policy
    from pipeline.topics.outgoing import Outgoing

_log = structlog.get_logger("pipeline.engines")

_TICK: Final = 0.5


class SessionOver(Exception):
    """The topics are not the ones that the session was for; begin another."""


class Session:
    """Open it, run it once, and close it."""

    def __init__(
        self,
        settings: KafkaSettings,
        tuning: KafkaTuning,
        following: Following,
        submitter: Submitter,
        ids: Mapping[str, str],
    ) -> None:
        """Be at the topics with these ids; see `open`."""
        self._settings = settings
        self._tuning = tuning
        self._following = following
        self._submitter = submitter
        self._ids = ids
        self._topics = Topics(settings.prefix)
        self._producer = TopicWriter(producer_options(settings))
        self._reader: TopicReader | None = None
        self._read_anew = asyncio.Event()
        self._writer: Writer | None = None
        self._may = asyncio.Event()
        self._heard = self._answered = time.time()
        self._begins: dict[str, int] = {}
        self._lost = False
        self._look_now = asyncio.Event()
        self._reason = ""
        self.stalled = ""

    @classmethod
    async def open(
        cls, settings: KafkaSettings, tuning: KafkaTuning, following: Following, submitter: Submitter
    ) -> Session:
        """Return a session at the mesh's topics, which are made if they are not there; raise `KafkaFault`."""
        ids = await asyncio.to_thread(ensure_topics, settings, engine_topics(settings.prefix))
        session = cls(settings, tuning, following, submitter, ids)
        known = following.last
        same = known.progress is not None and known.progress.log == ids[session._topics.log]
        following.floor = known.state.revision.number if same and known.state.revision is not None else 0
        first, end = await ends_of(consumer_options(settings), session._topics.log)
        submitter.begin(ids[session._topics.log], end - 1 if first < end else -1)
        await session._producer.start()
        return session

    async def close(self) -> None:
        """Leave the brokers."""
        await self._producer.stop()

    @property
    def writing(self) -> bool:
        """Whether this process is the writer of the mesh."""
        return self._writer is not None and self._writer.term is not None

    def look_now(self) -> None:
        """Look at once whether the topics are the ones that they were."""
        self._look_now.set()

    async def append(self, record: Outgoing) -> int:
        """Append to the log; return the offset; raise `KafkaError`."""
        return await self._producer.send(self._topics.log, (record,))

    def stand_by(self, policy: Policy, history: SqliteLog, folder: Path) -> None:
        """Write the mesh's topics whenever the group gives this process the log; Faust's files lie in `folder`."""
        post = Post(
            topics=self._topics,
            ids=self._ids,
            options=consumer_options(self._settings),
            writer=self._producer,
            following=self._following,
            policy=policy,
            history=history,
        )
        self._writer = Writer(
            post,
            lambda writer: FaustWorker(self._settings, writer, self._producer, folder),
            self._tuning,
            self._may.set,
        )

    async def run(self, accept: Callable[[], None], refuse: Callable[[LogUnusable], None]) -> None:
        """Work until cancelled; raise `SessionOver` where the topics are others. Say whether changes are accepted."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read(), name="session.reader")
                tasks.create_task(self._gate(accept, refuse), name="session.gate")
                tasks.create_task(self._watch(accept, refuse), name="session.watch")
                tasks.create_task(self._look(), name="session.look")
                if self._writer is not None:
                    tasks.create_task(self._writer.run(), name="session.writer")
        except* SessionOver as over:
            raise SessionOver(str(over.exceptions[0])) from over

    async def _read(self) -> None:
        names = {
            Topic.REVISIONS: self._topics.revisions,
            Topic.STATE: self._topics.state,
            Topic.RESOURCES: self._topics.resources,
        }
        backoff = Backoff(self._tuning.retry, self._tuning.longest_retry)
        while True:
            self._read_anew.clear()
            self._following.leave()
            try:
                self._reader = TopicReader(consumer_options(self._settings), names)
                async with asyncio.TaskGroup() as tasks:
                    running = tasks.create_task(self._reader.run(self._following), name="session.reading")
                    await self._read_anew.wait()
                    running.cancel()
            except* ReaderLost as lost:
                self._reason = str(lost.exceptions[0])
                _log.warning("topics.read-anew", reason=self._reason)
            await asyncio.sleep(backoff.wait())

    async def _gate(self, accept: Callable[[], None], refuse: Callable[[LogUnusable], None]) -> None:
        """Accept changes once the topics are read, the log has been given to somebody, and its entries are taken."""
        await self._following.until(lambda _: True)
        if self._reader is not None:
            self._begins = dict(self._reader.begins)
        if self._writer is not None:
            await self._may.wait()
        self._may.set()
        if self._submitter.stuck:
            refuse(LogUnusable("entries wait in the log for a process with the role `pipeline`: is one running?"))
        else:
            accept()

    async def _watch(self, accept: Callable[[], None], refuse: Callable[[LogUnusable], None]) -> None:
        reading = Watch("the reader of the mesh's topics", self._tuning.stalled)
        working = Watch("the worker on the mesh's log", self._tuning.stalled)
        anew = poked = time.time()
        while True:
            await asyncio.sleep(_TICK)
            now = time.time()
            age = self._age(now)
            if age > self._tuning.unreachable:
                at = datetime.fromtimestamp(self._heard, UTC).strftime("%H:%M:%S")
                brokers = ", ".join(self._settings.bootstrap)
                why = f" ({self._reason})" if self._reason else ""
                refuse(
                    LogUnusable(f"the brokers ({brokers}) have not answered since {at} UTC{why}; they are tried again")
                )
            elif self._may.is_set() and self._following.follower is not None and not self._submitter.stuck:
                self._reason = ""
                accept()
            reader, worker = self._reading(reading, now, age), self._working(working, now)
            self._say((reader or worker) if now - self._answered < 2 * self._tuning.look else "")
            if self._writer is not None:
                self._writer.give_way()
            if self._writer is not None and working.stuck > self._tuning.poke and now - poked > self._tuning.poke:
                poked = now
                await self._writer.poke()
            if (reader or worker) and now - anew > self._tuning.stalled:
                anew = now
                if reader:
                    self._read_anew.set()
                elif self._writer is not None:
                    self._writer.restart.set()

    def _age(self, now: float) -> float:
        """Return for how many seconds no broker has answered the reader."""
        if self._reader is not None and self._reader.heard:
            self._heard = max(self._heard, self._reader.heard)
        return now - self._heard

    def _reading(self, watch: Watch, now: float, age: float) -> str:
        if self._reader is None:
            return ""
        return watch.see(now, age=age, lag=self._reader.lag, done=self._reader.done)

    def _working(self, watch: Watch, now: float) -> str:
        worker = self._writer.worker if self._writer is not None else None
        pulse = worker.pulse() if worker is not None else None
        if pulse is None:
            return ""
        term = self._writer.term if self._writer is not None else None
        done = term.progress.next_offset if term is not None else 0
        return watch.see(now, age=pulse.age, lag=pulse.end - done, done=done)

    def _say(self, stalled: str) -> None:
        if bool(stalled) != bool(self.stalled):
            if stalled:
                _log.error("engine.stalled", reason=stalled)
            else:
                _log.info("engine.following")
        self.stalled = stalled

    # -- whether the topics are what they were --------------------------------------------------------------------

    async def _look(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._tuning.look):
                    await self._look_now.wait()
            self._look_now.clear()
            try:
                ids = await asyncio.to_thread(ensure_topics, self._settings, engine_topics(self._settings.prefix))
                begins = await self._reader.beginnings() if self._begins and self._reader else {}
            except (BrokersUnreachable, KafkaError):
                continue
            except KafkaFault as fault:
                raise SessionOver(str(fault)) from fault
            self._answered = time.time()
            if anew := [name for name, found in ids.items() if found != self._ids.get(name)]:
                raise SessionOver(f"{', '.join(anew)} was made anew; the mesh's topics are read again")
            self._lost |= any(offset > self._begins[name] for name, offset in begins.items())
            self._begins |= begins
            if self._writer is not None and self._writer.term is not None:
                lost, self._lost = self._lost, False
                await self._writer.look(lost=lost)
