"""`TopicReader`: reads the mesh's three topics from their beginnings on, without a group, and hands over what is there.

A reader is run once: where a topic was truncated past what was read, made anew, or the brokers refuse, `run` raises,
and whoever runs it makes another, which reads all anew. Brokers that are gone are waited for.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from galley.kafka.stopping import stop_consumer
from pipeline.engines.kafka.broken import broken_is_a_fault
from pipeline.topics.reading import read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.topics.record import Record, Topic

_AT_ONCE: Final = 500
_FETCH: Final = {"fetch_min_bytes": 1, "fetch_max_wait_ms": 500, "max_partition_fetch_bytes": 4 << 20}
_PATIENCE: Final = 10_000


class ReaderLost(Exception):
    """What was read can no longer be gone on from; read anew."""


class Listener(Protocol):
    """Whom a reader tells, on its loop."""

    def begin(self, ends: Mapping[Topic, int]) -> None:
        """Hear the offsets after the last records that are there at first."""
        ...

    def take(self, records: Sequence[Record]) -> None:
        """Take some records of one topic, in order."""
        ...

    def reached(self, positions: Mapping[Topic, int]) -> None:
        """Hear how far each topic was read, after each poll."""
        ...


class TopicReader:
    """Reads topics, by their name here; run it once."""

    def __init__(self, options: Mapping[str, Any], names: Mapping[Topic, str]) -> None:
        """`options` are aiokafka's, of the brokers."""
        self._topics = {TopicPartition(name, 0): topic for topic, name in names.items()}
        self._consumer = AIOKafkaConsumer(
            **options,
            **_FETCH,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            request_timeout_ms=_PATIENCE,
        )
        self._consumer.assign(list(self._topics))
        self._positions: dict[Topic, int] = {}
        self._reading = False
        self.begins: dict[str, int] = {}
        """The offsets of the topics' first records when reading began, by the topics' names."""

    async def run(self, listener: Listener) -> None:
        """Hand over records until cancelled; raise `ReaderLost` where that cannot go on."""
        try:
            with broken_is_a_fault():
                await self._follow(listener)
        except KafkaError as error:
            raise ReaderLost(str(error) or type(error).__name__) from error
        finally:
            self._reading = False
            await stop_consumer(self._consumer)

    @property
    def heard(self) -> float:
        """When the brokers last answered for the topic that waits the longest, in seconds; 0: not yet."""
        return min(self._consumer.last_poll_timestamp(tp) or 0 for tp in self._topics) / 1000

    @property
    def done(self) -> int:
        """How much was read."""
        return sum(self._positions.values())

    @property
    def lag(self) -> int:
        """How many records are known to be there and not read."""
        ends = {topic: self._consumer.highwater(tp) or 0 for tp, topic in self._topics.items()}
        return sum(max(0, end - self._positions.get(topic, 0)) for topic, end in ends.items())

    async def beginnings(self) -> dict[str, int]:
        """Return the offsets of the topics' first records, by the topics' names; raise `KafkaError`."""
        if not self._reading:
            return {}
        with broken_is_a_fault():
            begins = await self._consumer.beginning_offsets(self._topics)
        return {tp.topic: offset for tp, offset in begins.items()}

    async def _follow(self, listener: Listener) -> None:
        await self._consumer.start()
        begin = await self._consumer.beginning_offsets(self._topics)
        ends = await self._consumer.end_offsets(self._topics)
        self.begins = {tp.topic: offset for tp, offset in begin.items()}
        for tp, offset in begin.items():
            self._consumer.seek(tp, offset)
            self._positions[self._topics[tp]] = offset
        listener.begin({self._topics[tp]: end for tp, end in ends.items()})
        listener.reached(self._positions)
        self._reading = True
        while True:
            await self._poll(listener)

    async def _poll(self, listener: Listener) -> None:
        found = await self._consumer.getmany(timeout_ms=1_000, max_records=_AT_ONCE)
        for tp, records in found.items():
            topic = self._topics[tp]
            if records[0].offset < self._positions[topic]:
                raise ReaderLost(f"{tp.topic} was made anew")
            listener.take([read(topic, one.offset, one.key, one.value, dict(one.headers)) for one in records])
        for tp, topic in self._topics.items():
            self._positions[topic] = await self._consumer.position(tp)
        listener.reached(self._positions)
        if found:
            await asyncio.sleep(0)
