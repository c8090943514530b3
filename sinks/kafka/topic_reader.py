"""`TopicReader`: reads topics of one partition each from their start to their ends, and then what comes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError

from galley.kafka.access import consumer_options
from galley.kafka.stopping import stop_consumer
from galley.settings.kafka import KafkaSettings
from pipeline.topics.record import Topic
from sinks.kafka.level import Raw

_AT_ONCE: Final = 500
"""Records taken between two turns of the loop."""

_STALLED: Final = 10.0
"""Seconds without a record, while there are some, after which the brokers are away."""


class TopicReader:
    """One consumer, without a group: where it is, is where it has read."""

    def __init__(self, consumer: AIOKafkaConsumer, topics: Mapping[Topic, str]) -> None:
        """Read these topics with a consumer that is assigned to them."""
        self._consumer = consumer
        self._topics = {TopicPartition(name, 0): topic for topic, name in topics.items()}

    async def to_ends(self) -> AsyncIterator[Raw]:
        """Give every record up to where the topics end now."""
        ends = await self._consumer.end_offsets(list(self._topics))
        heard = asyncio.get_running_loop().time()
        while any([await self._consumer.position(one) < end for one, end in ends.items()]):
            found = await self._poll(500)
            now = asyncio.get_running_loop().time()
            if found:
                heard = now
            elif now - heard > _STALLED:
                raise KafkaConnectionError(f"no broker has given a record for {_STALLED:g} seconds")
            for raw in found:
                yield raw
            await asyncio.sleep(0)

    async def news(self) -> list[Raw]:
        """Return what has come; wait for nothing."""
        return await self._poll(0)

    def only(self, topic: Topic) -> None:
        """From now on read this topic alone."""
        self._consumer.pause(*[one for one, other in self._topics.items() if other is not topic])

    async def starts(self) -> tuple[int, ...]:
        """Return where the topics begin: further on, once somebody has deleted records."""
        found = await self._consumer.beginning_offsets(list(self._topics))
        return tuple(found[one] for one in self._topics)

    async def _poll(self, milliseconds: int) -> list[Raw]:
        found = await self._consumer.getmany(timeout_ms=milliseconds, max_records=_AT_ONCE)
        return [
            Raw(self._topics[one], record.offset, record.key, record.value, dict(record.headers))
            for one, records in found.items()
            for record in records
        ]


@contextlib.asynccontextmanager
async def reading(settings: KafkaSettings, topics: Mapping[Topic, str]) -> AsyncIterator[TopicReader]:
    """Give a reader at the topics' starts; raise `aiokafka.errors.KafkaError` where no broker is in reach."""
    options = consumer_options(settings)
    consumer = AIOKafkaConsumer(
        **options,
        client_id="galley",
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=int(_STALLED * 1000),
    )
    try:
        await consumer.start()
        consumer.assign([TopicPartition(name, 0) for name in topics.values()])
        await consumer.seek_to_beginning()
        yield TopicReader(consumer, topics)
    finally:
        await stop_consumer(consumer)
