"""`EventPublisher`: what happens, on the topic `events`, as CloudEvents in structured mode.

At least once, in order. While no broker is in reach, the newest are kept; what had to be dropped is counted and told.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from galley.kafka.ensure import ensure_topics
from galley.kafka.names import Topics
from galley.kafka.wanted import published_topics
from galley.settings.kafka import KafkaSettings
from pipeline.topics.outgoing import Outgoing
from schemas.events.cloud_event import CONTENT_TYPE
from sinks.kafka.event_queue import EventQueue
from sinks.kafka.producing import producing, send
from sinks.kafka.upkeep import Upkeep

_log = structlog.get_logger("kafka")
_AT_ONCE: Final = 200
_PATIENCE: Final = 2.0
_LAST_WORDS: Final = 1.0
"""Seconds for what waits when the server ends."""

_HEADERS: Final = (("content-type", f"{CONTENT_TYPE}; charset=UTF-8".encode()),)


class EventPublisher:
    """Takes events on the server's loop, and sends them in `run`."""

    def __init__(self, settings: KafkaSettings, queue: EventQueue | None = None) -> None:
        """Send to the topic of this mesh; `queue` is where events wait."""
        self.upkeep = Upkeep("events", self._publish)
        self.sent = 0
        self._settings = settings
        self._topic = Topics(settings.prefix).events
        self._key = settings.prefix.encode()
        self._queue = EventQueue() if queue is None else queue
        self._filled = asyncio.Event()
        self._told = 0

    @property
    def waiting(self) -> int:
        """How many events are not acknowledged."""
        return len(self._queue)

    @property
    def dropped(self) -> int:
        """How many events were dropped, since the start."""
        return self._queue.dropped

    def tell(self, body: bytes) -> None:
        """Take an event, as a CloudEvent in JSON; return at once."""
        self._queue.add(body)
        self._filled.set()

    async def run(self) -> None:
        """Send until cancelled."""
        await self.upkeep.run()

    async def _publish(self, well: Callable[[], None]) -> None:
        wanted = [topic for topic in published_topics(self._settings.prefix) if topic.name == self._topic]
        await asyncio.to_thread(ensure_topics, self._settings, wanted, _PATIENCE)
        async with producing(self._settings) as producer:
            well()
            try:
                while True:
                    await self._send(producer)
                    self._filled.clear()
                    await self._filled.wait()
            except asyncio.CancelledError:
                with contextlib.suppress(KafkaError, TimeoutError):
                    async with asyncio.timeout(_LAST_WORDS):
                        await self._send(producer)
                raise

    async def _send(self, producer: AIOKafkaProducer) -> None:
        """Send all that waits."""
        while len(self._queue):
            end, bodies = self._queue.next(_AT_ONCE)
            await send(producer, self._topic, [Outgoing(self._key, body, _HEADERS) for body in bodies])
            self._queue.done(end)
            self.sent += len(bodies)
            self._tell_of_dropped()

    def _tell_of_dropped(self) -> None:
        if self._queue.dropped > self._told:
            _log.warning("kafka.events_dropped", events=self._queue.dropped - self._told)
            self._told = self._queue.dropped
