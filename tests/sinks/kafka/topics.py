"""What lies in a topic, as a program that is not ours reads it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, TopicPartition

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE = 30.0


async def records_until(bootstrap: str, topic: str, true: Callable[[list[Any]], bool]) -> list[Any]:
    """Read a topic from its start until something is true of what was read; return all of that."""
    found: list[Any] = []
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        async with asyncio.timeout(_PATIENCE):
            while not true(found):
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    found += records
    finally:
        await consumer.stop()
    return found


def latest(records: list[Any]) -> dict[str, bytes]:
    """Return the last value of each key that has one, as compaction would leave it; claims apart."""
    found: dict[str, bytes] = {}
    for record in records:
        found.pop(record.key.decode(), None)
        if record.value is not None and record.key != b"writer":
            found[record.key.decode()] = record.value
    return found
