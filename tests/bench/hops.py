"""The least that Kafka can do: a record from a producer to a reader that waits for it."""

from __future__ import annotations

import asyncio
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic


async def hop_seconds(bootstrap: str, topic: str, times: int) -> list[float]:
    """The seconds from sending a record, acknowledged by all, until a reader that waits has it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1)])
    finally:
        await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await producer.start()
    await consumer.start()
    try:
        found = []
        for number in range(times):
            before = time.monotonic()
            sent = await producer.send(topic, str(number).encode())
            await consumer.getone()
            found.append(time.monotonic() - before)
            await sent
            await asyncio.sleep(0.05)
        return found
    finally:
        await consumer.stop()
        await producer.stop()
