"""What is sent while no broker answers waits for one, and ends when its writer is stopped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiokafka.errors import KafkaError

from galley.kafka.access import producer_options
from galley.kafka.ensure import ensure_topics
from galley.kafka.wanted import engine_topics
from pipeline.engines.kafka.topic_writer import TopicWriter
from pipeline.topics.outgoing import Outgoing
from tests.components.kafka_broker import kafka_broker
from tests.pipeline.kafka.engines import settings_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.component, pytest.mark.timeout(60)]


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
async def test_what_is_sent_ends_with_its_writer(tmp_path: Path, known: bool) -> None:  # noqa: FBT001  a case
    """Whether the topic's leader was known or is still asked for: whoever waits is told."""
    with kafka_broker(tmp_path) as broker:
        settings = settings_of(broker.bootstrap, "a.")
        await asyncio.to_thread(ensure_topics, settings, engine_topics("a."))
        writer = TopicWriter(producer_options(settings))
        await writer.start()
        if known:
            await writer.send("a.log", (Outgoing(None, b"1"),))
        broker.kill()
        async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(told(writer))
            await asyncio.sleep(0)
            await writer.stop()
        assert sending.result()


async def told(writer: TopicWriter) -> bool:
    """Send, and tell whether that was refused."""
    try:
        await writer.send("a.log", (Outgoing(None, b"2"),))
    except KafkaError:
        return True
    return False
