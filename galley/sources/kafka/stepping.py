"""`Stepping`: reads records one by one where aiokafka fails over one of them, and steps over that one.

A header's name that is no UTF-8 is such a poison. It makes a whole fetch fail, and what came with it is forgotten; so
whoever reads must know himself how far he has come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, TopicPartition

_LOG = structlog.get_logger(__name__)

MOST: Final = 1_000
"""Records that are read in one go."""

_WAIT: Final = 200


class Stepping:
    """How far a consumer has come, by partition."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        """Begin without knowing; what is not known is what the group has committed."""
        self._consumer = consumer
        self._next: dict[TopicPartition, int] = {}

    def at(self, partition: TopicPartition, offset: int) -> None:
        """Note where a partition is read from."""
        self._next[partition] = offset

    def forget(self) -> None:
        """Note that partitions were given away."""
        self._next.clear()

    def came(self, found: dict[TopicPartition, list[Any]]) -> None:
        """Note what was read."""
        for partition, records in found.items():
            self._next[partition] = records[-1].offset + 1

    async def step(self) -> dict[TopicPartition, list[Any]]:
        """Read on from where everything was still well, and step over the record that cannot be read."""
        consumer = self._consumer
        partitions = [one for one in consumer.assignment() if one not in consumer.paused()]
        for one in partitions:
            consumer.seek(one, await self._begin(one))
        found: dict[TopicPartition, list[Any]] = {}
        for one in partitions:
            try:
                while len(found.get(one, ())) < MOST:
                    read = await consumer.getmany(one, timeout_ms=_WAIT, max_records=1)
                    if not read:
                        break
                    found.setdefault(one, []).extend(read[one])
            except UnicodeDecodeError:
                offset = await consumer.position(one)
                consumer.seek(one, offset + 1)
                _LOG.warning("record.unreadable", topic=one.topic, partition=one.partition, offset=offset)
        return found

    async def _begin(self, partition: TopicPartition) -> int:
        if partition in self._next:
            return self._next[partition]
        committed: int | None = await self._consumer.committed(partition)
        if committed is not None:
            return committed
        begins = await self._consumer.beginning_offsets([partition])
        return int(begins[partition])
