"""Clients end within seconds, whatever became of the brokers, and whoever ends them goes on."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from galley.kafka.access import WRITING, consumer_options, producer_options
from galley.kafka.ensure import ensure_topics
from galley.kafka.stopping import stop_consumer, stop_producer
from galley.kafka.wanted import WantedTopic
from galley.settings.kafka import KafkaSettings
from tests.components.kafka_broker import kafka_broker

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]


async def test_clients_end_while_their_broker_is_gone(tmp_path: Path) -> None:
    """A consumer that waits for records, a producer with records that nobody takes, and two that never started."""
    with kafka_broker(tmp_path) as broker:
        settings = KafkaSettings(bootstrap=(broker.bootstrap,))
        topic = f"t{secrets.token_hex(4)}"
        await asyncio.to_thread(ensure_topics, settings, [WantedTopic(name=topic, cleanup="delete")])
        consumer = AIOKafkaConsumer(**consumer_options(settings), auto_offset_reset="earliest")
        producer = AIOKafkaProducer(**producer_options(settings), **WRITING)
        await consumer.start()
        await producer.start()
        consumer.assign([TopicPartition(topic, 0)])
        await producer.send_and_wait(topic, b"1")
        assert (await consumer.getone()).value == b"1"
        await asyncio.to_thread(broker.kill)
        pending = await producer.send(topic, b"2")
        await consumer.getmany(timeout_ms=500)
        async with asyncio.timeout(15):
            await stop_consumer(consumer)
            await stop_producer(producer)
        pending.cancel()
        async with asyncio.timeout(15):
            await stop_consumer(AIOKafkaConsumer(**consumer_options(settings)))
            await stop_producer(AIOKafkaProducer(**producer_options(settings), **WRITING))
    task = asyncio.current_task()
    assert task is not None
    assert not task.cancelling()
