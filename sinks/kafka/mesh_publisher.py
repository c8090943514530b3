"""`MeshPublisher`: what the embedded engine serves, and its revisions, on the topics `resources` and `revisions`.

Theory of operation. At each connection the topics are read to their ends; then this server claims them, as every writer
does (`pipeline.topics`). From then on, whenever something is published, the difference to what the topics hold is sent:
objects first, and once these are acknowledged the revisions that they belong to. Revisions that follow one another
faster than the brokers acknowledge share their objects. Whoever else claims the topics has them.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeVar

from aiokafka import AIOKafkaProducer

from galley.kafka.ensure import ensure_topics
from galley.kafka.faults import KafkaFault
from galley.kafka.names import Topics
from galley.kafka.wanted import published_topics
from galley.settings.kafka import KafkaSettings
from pipeline.model.key import Key
from pipeline.model.revision import Revision
from pipeline.model.snapshot import Snapshot
from pipeline.topics.outgoing import WRITER, claim, claim_in_revisions, epoch_of
from pipeline.topics.record import Topic
from sinks.kafka.level import Level
from sinks.kafka.producing import producing, send
from sinks.kafka.topic_reader import TopicReader, reading
from sinks.kafka.upkeep import Upkeep

T = TypeVar("T")

_PATIENCE: Final = 2.0
_AT_ONCE: Final = 200
_MOST_PENDING: Final = 1_000
_LOOK: Final = 30.0
"""Seconds between two looks at whether the topics are still the same, and hold all."""

_WAKE: Final = 2.0
"""Seconds between two looks at whether somebody else has claimed the topics."""


class Fenced(KafkaFault):
    """Another server has claimed the topics since; it is theirs until this one starts anew."""


@dataclass(slots=True, kw_only=True)
class _Term:
    """One connection: who reads and writes, what the topics hold, and what was brought in step last."""

    reader: TopicReader
    producer: AIOKafkaProducer
    level: Level
    epoch: int
    done: Snapshot | None = None


class MeshPublisher:
    """A sink; `history` gives so many of the newest revisions that the log has, and may block."""

    name = "kafka"

    def __init__(self, settings: KafkaSettings, keep: int, history: Callable[[int], Sequence[Revision]]) -> None:
        """Publish on the topics of this mesh; `keep` revisions stay in `revisions`."""
        self.upkeep = Upkeep("resources and revisions", self._publish)
        self.revision = 0
        self.sent = 0
        self._settings = settings
        self._keep = keep
        self._history = history
        names = Topics(settings.prefix)
        # In this order their ends are read, so that there are objects for every revision.
        self._topics = {Topic.REVISIONS: names.revisions, Topic.RESOURCES: names.resources}
        self._writer = f"{socket.gethostname()} {os.getpid()}"
        self._snapshot: Snapshot | None = None
        self._pending: dict[int, Revision] = {}
        self._moved = False
        self._stirred = asyncio.Event()
        self._highest = 0
        self._fenced = ""

    def publish(self, snapshot: Snapshot, settled: Sequence[tuple[Any, Any]]) -> None:
        """Take a snapshot; it is sent by `run`."""
        del settled
        number = snapshot.revision.number
        self._moved |= self._snapshot is not None and number == self._snapshot.revision.number
        self._pending[number] = snapshot.revision
        while len(self._pending) > _MOST_PENDING:
            del self._pending[next(iter(self._pending))]
        self._snapshot = snapshot
        self._stirred.set()

    async def run(self) -> None:
        """Send until cancelled."""
        await self.upkeep.run()

    async def _publish(self, well: Callable[[], None]) -> None:
        """Connect, and publish until the topics are others."""
        if self._fenced:
            raise Fenced(self._fenced)
        topics = await self._ensured()
        async with producing(self._settings) as producer, reading(self._settings, self._topics) as reader:
            term = await self._claimed(reader, producer)
            for revision in await asyncio.to_thread(self._history, self._keep):
                self._pending.setdefault(revision.number, revision)
            loop = asyncio.get_running_loop()
            starts, looked = await reader.starts(), loop.time()
            while True:
                await self._bring(term)
                well()
                await self._wait()
                self._heed(await reader.news(), term)
                if loop.time() - looked > _LOOK:
                    if (await self._ensured(), await reader.starts()) != (topics, starts):
                        return
                    looked, self._moved = loop.time(), True

    async def _ensured(self) -> Mapping[str, str]:
        wanted = [topic for topic in published_topics(self._settings.prefix) if topic.name in self._topics.values()]
        return await asyncio.to_thread(ensure_topics, self._settings, wanted, _PATIENCE)

    async def _claimed(self, reader: TopicReader, producer: AIOKafkaProducer) -> _Term:
        """Learn what the topics hold, and claim them."""
        level = Level(self._highest)
        async for raw in reader.to_ends():
            level.take(raw)
        shift = level.shift
        record = claim_in_revisions(self._writer, shift)
        epoch = epoch_of(await send(producer, self._topics[Topic.REVISIONS], [record]), shift)
        await send(producer, self._topics[Topic.RESOURCES], [claim(self._writer, epoch)])
        async for raw in reader.to_ends():
            level.take(raw)
        reader.only(Topic.REVISIONS)
        self._highest = level.highest
        term = _Term(reader=reader, producer=producer, level=level, epoch=epoch)
        self._heed((), term)
        return term

    def _heed(self, news: Sequence[Any], term: _Term) -> None:
        """Raise Fenced once somebody else has claimed the topics."""
        for raw in news:
            if raw.key == WRITER:
                term.level.take(raw)
        found = term.level.claim
        if found is not None and found.epoch > term.epoch:
            self._fenced = f"{found.writer} publishes the mesh {self._settings.prefix} now; restart to take it over"
            raise Fenced(self._fenced)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_WAKE):
                await self._stirred.wait()
        except TimeoutError:
            return
        self._stirred.clear()

    async def _bring(self, term: _Term) -> None:
        """Bring the topics in step with what is served: objects, and then the revisions that they are of."""
        snapshot = self._snapshot
        if snapshot is None or (snapshot is term.done and not self._moved):
            return
        now, known = snapshot.revision.number, sorted(self._pending.values(), key=_number)
        since = {key: one.number for one in known for key in one.changed if one.number <= now}
        dues = term.level.bodies(snapshot, since, term.epoch, self._changed(term, snapshot))
        self._moved = False
        while due := await _few(dues):
            await send(term.producer, self._topics[Topic.RESOURCES], [one.record for one in due])
            term.level.sent_bodies(due)
            self.sent += len(due)
        revisions = term.level.revisions(known, now, self._keep, term.epoch)
        while few := await _few(revisions):
            await send(term.producer, self._topics[Topic.REVISIONS], [record for _, record in few])
            term.level.sent_revisions(few)
            self.sent += len(few)
        for number in [number for number in self._pending if number <= now]:
            del self._pending[number]
        term.done, self.revision = snapshot, now

    def _changed(self, term: _Term, snapshot: Snapshot) -> Collection[Key] | None:
        """Return the objects that may differ from what was brought in step last; None where that may be any."""
        if term.done is None or self._moved:
            return None
        numbers = range(term.done.revision.number + 1, snapshot.revision.number + 1)
        if any(number not in self._pending for number in numbers):
            return None
        return {key for number in numbers for key in self._pending[number].changed}


async def _few(due: Iterator[T]) -> list[T]:
    """Return the next records to send; to find them takes a thread, for all may have to be gone through."""
    return await asyncio.to_thread(lambda: list(islice(due, _AT_ONCE)))


def _number(revision: Revision) -> int:
    return revision.number
