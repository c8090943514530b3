"""Which rights the brokers must give us, where they ask for any: docs/settings.md lists these."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from kafka.admin import ACLOperation, ResourceType

from galley.kafka.access import WRITING, consumer_options, producer_options
from galley.kafka.ensure import check_topics, ensure_topics
from galley.kafka.faults import TopicRefused
from galley.kafka.wanted import engine_topics
from tests.components.kafka_broker import USER, Kafka
from tests.kafka.rights import GROUP_RIGHTS, TOPIC_RIGHTS, give
from tests.kafka.secured import settings, user

pytestmark = pytest.mark.component

PREFIX = "guarded."


async def test_rights_on_the_prefix_are_enough(kafka: Kafka, tmp_path: Path) -> None:
    """Without them, one is told which topic is refused; with them, topics are made, looked at, written and read."""
    given, wanted = settings(kafka, "sasl", sasl=user(tmp_path)), engine_topics(PREFIX)
    for kind in (ResourceType.TOPIC, ResourceType.GROUP):
        await asyncio.to_thread(give, kafka, "somebody-else", PREFIX, kind, [ACLOperation.ALL])
    with pytest.raises(TopicRefused, match=r"topic guarded\.log: TopicAuthorizationFailed"):
        await asyncio.to_thread(ensure_topics, given, wanted)
    await asyncio.to_thread(give, kafka, USER, PREFIX, ResourceType.TOPIC, TOPIC_RIGHTS)
    await asyncio.to_thread(give, kafka, USER, PREFIX, ResourceType.GROUP, GROUP_RIGHTS)
    made = await asyncio.to_thread(ensure_topics, given, wanted)
    assert await asyncio.to_thread(check_topics, given, wanted) == ((), ())
    async with AIOKafkaProducer(**producer_options(given), **WRITING) as producer:
        await producer.send_and_wait(next(iter(made)), b"one")
    options = consumer_options(given)
    topic = next(iter(made))
    async with AIOKafkaConsumer(topic, **options, group_id=f"{PREFIX}g", auto_offset_reset="earliest") as consumer:
        assert (await consumer.getone()).value == b"one"
        await consumer.commit()
