"""`LiveTopic`: what each server of a mesh says of itself now, the newest of each, to all; its words mean nothing here.

Who begins reads what was said lately, and no more: whoever is there says so again and again. So the topic may lose
everything, and a few seconds later all of it is known again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from galley.kafka.access import consumer_options, producer_options
from galley.kafka.cancelled import is_cancelled
from galley.kafka.ensure import ensure_topics
from galley.kafka.faults import KafkaFault
from galley.kafka.names import Topics
from galley.kafka.reach import reach
from galley.kafka.stopping import stop_consumer, stop_producer
from galley.kafka.wanted import MAX_MESSAGE_BYTES, engine_topics
from galley.settings.kafka import KafkaSettings

_log = structlog.get_logger("galley.kafka")

LATELY: Final = 120.0
"""Seconds of the past that are read at first."""

_GLANCE: Final = 5.0
"""Seconds between two questions whether there is more than what has come: a silent broker ends the following."""

_PATIENCE: Final = 10.0
_SOONEST, _LATEST = 0.5, 10.0


class LiveTopic:
    """The topic of one mesh; `put` and `follow` may run at the same time. Used on one event loop."""

    def __init__(self, settings: KafkaSettings) -> None:
        """Connect to nothing yet."""
        self._settings = settings
        self._topic = Topics(settings.prefix).live
        self._producer: AIOKafkaProducer | None = None
        self._lost = False

    async def put(self, name: str, words: bytes | None) -> None:
        """Say this as the server of that name, None for nothing any more; what cannot be said now is lost."""
        try:
            async with asyncio.timeout(_PATIENCE):
                producer = self._producer or await self._connected()
                await producer.send_and_wait(self._topic, words, key=name.encode(), partition=0)
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and is_cancelled():
                raise
            if not self._lost:
                _log.warning("live.unsaid", reason=_in_words(error), exc_info=_surprise(error))
            self._lost = True
            await self.close()
        else:
            self._lost = False

    async def close(self) -> None:
        """End what `put` has opened."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await stop_producer(producer)

    async def follow(self, hear: Callable[[str, bytes | None, float], None], read: Callable[[str], None]) -> None:
        """Hear, until cancelled, what each server says: its name, its words, their age in seconds.

        `read` is called with "" once everything has been heard, and with why not, in words, while it cannot be.
        """
        pause, told = _SOONEST, ""
        while True:
            try:
                await self._ensure()
                async with asyncio.timeout(_PATIENCE):
                    consumer = await self._reading()
                try:
                    pause = _SOONEST
                    await self._hear(consumer, hear, read)
                finally:
                    await stop_consumer(consumer)
            except (Exception, asyncio.CancelledError) as error:
                if is_cancelled():
                    raise asyncio.CancelledError from error
                read(f"{self._topic} cannot be read: {_in_words(error)}")
                if told != (told := _in_words(error)):
                    _log.warning("live.unread", reason=told, exc_info=_surprise(error))
            await asyncio.sleep(pause)
            pause = min(_LATEST, 2 * pause)

    async def _ensure(self) -> None:
        """Make the topic where it is missing, before a broker does so itself, with settings of its own."""
        await reach(self._settings)
        wanted = [topic for topic in engine_topics(self._settings.prefix) if topic.name == self._topic]
        await asyncio.to_thread(ensure_topics, self._settings, wanted)

    async def _connected(self) -> AIOKafkaProducer:
        await self._ensure()
        options: dict[str, Any] = producer_options(self._settings)
        producer = AIOKafkaProducer(
            **options, acks=1, compression_type="gzip", max_request_size=MAX_MESSAGE_BYTES, request_timeout_ms=5_000
        )
        try:
            await producer.start()
        except BaseException:
            await stop_producer(producer)
            raise
        self._producer = producer
        return producer

    async def _reading(self) -> AIOKafkaConsumer:
        """Return a consumer that stands where what was said lately begins."""
        options: dict[str, Any] = consumer_options(self._settings)
        consumer = AIOKafkaConsumer(**options, enable_auto_commit=False, auto_offset_reset="earliest")
        try:
            await consumer.start()
            partition = TopicPartition(self._topic, 0)
            consumer.assign([partition])
            begin = int((time.time() - LATELY) * 1_000)
            end = (await consumer.end_offsets([partition]))[partition]  # first: what comes in between is not skipped
            found = (await consumer.offsets_for_times({partition: begin}))[partition]
            consumer.seek(partition, found.offset if found is not None else end)
        except BaseException:
            await stop_consumer(consumer)
            raise
        return consumer

    async def _hear(
        self, consumer: AIOKafkaConsumer, hear: Callable[[str, bytes | None, float], None], read: Callable[[str], None]
    ) -> None:
        """Hear until nothing can be heard; raise what ends it."""
        partition = TopicPartition(self._topic, 0)
        loop = asyncio.get_running_loop()
        first = end = await self._end(consumer)
        glanced = loop.time()
        while True:
            found = await consumer.getmany(partition, timeout_ms=1_000)
            for record in found.get(partition, ()):
                age = max(0.0, time.time() - record.timestamp / 1_000) if record.offset < first else 0.0
                if record.key is not None:
                    hear(record.key.decode(errors="replace"), record.value, age)
            if await consumer.position(partition) >= end:
                read("")
            if loop.time() - glanced > _GLANCE:
                end = await self._end(consumer)
                glanced = loop.time()

    async def _end(self, consumer: AIOKafkaConsumer) -> int:
        partition = TopicPartition(self._topic, 0)
        async with asyncio.timeout(_PATIENCE):
            return int((await consumer.end_offsets([partition]))[partition])


def _in_words(error: BaseException) -> str:
    lost = isinstance(error, (TimeoutError, asyncio.CancelledError))
    return "the brokers do not answer" if lost else str(error) or type(error).__name__


def _surprise(error: BaseException) -> BaseException | None:
    """Return what is no fault of brokers, so that the log has all of it."""
    known = isinstance(error, (KafkaError, KafkaFault, OSError, TimeoutError, asyncio.CancelledError))
    return None if known else error
