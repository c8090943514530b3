"""`read_log`: the records of one partition from one offset to another, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from galley.kafka.stopping import stop_consumer
from pipeline.engines.kafka.broken import broken_is_a_fault

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE: Final = 10_000


async def read_log(options: Mapping[str, Any], topic: str, start: int, end: int) -> list[tuple[int, bytes | None]]:
    """Return offset and value of each record that is still there, from `start` on, before `end`; raise `KafkaError`."""
    partition = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(
        **options, group_id=None, enable_auto_commit=False, auto_offset_reset="none", request_timeout_ms=_PATIENCE
    )
    consumer.assign([partition])
    found: list[tuple[int, bytes | None]] = []
    try:
        with broken_is_a_fault():
            await consumer.start()
            first = (await consumer.beginning_offsets([partition]))[partition]
            last = min(end, (await consumer.end_offsets([partition]))[partition])
            position = max(start, first)
            consumer.seek(partition, position)
            while position < last:
                records = (await consumer.getmany(partition, timeout_ms=_PATIENCE)).get(partition, [])
                found += [(record.offset, record.value) for record in records if record.offset < end]
                position = await consumer.position(partition)
    finally:
        await stop_consumer(consumer)
    return found


async def ends_of(options: Mapping[str, Any], topic: str) -> tuple[int, int]:
    """Return the offset of a topic's first record, and the one after its last; raise `KafkaError`."""
    partition = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(**options, group_id=None, enable_auto_commit=False, request_timeout_ms=_PATIENCE)
    consumer.assign([partition])
    try:
        with broken_is_a_fault():
            await consumer.start()
            first = (await consumer.beginning_offsets([partition]))[partition]
            return first, (await consumer.end_offsets([partition]))[partition]
    finally:
        await stop_consumer(consumer)
