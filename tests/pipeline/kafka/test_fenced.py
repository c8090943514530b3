"""A writer that another one has claimed over, late and without the log being given to it, claims again and goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaProducer

from pipeline.topics.outgoing import claim, claim_in_revisions, epoch_of
from tests.pipeline.builders import batch, key, thing, upsert
from tests.pipeline.kafka.engines import prefix_of, running, settings_of

if TYPE_CHECKING:
    from pathlib import Path

    from galley.settings.kafka import KafkaSettings
    from tests.components.kafka_broker import Kafka

pytestmark = [pytest.mark.component, pytest.mark.timeout(60)]

PATIENCE = 15.0


async def claim_over(settings: KafkaSettings) -> int:
    """Claim as a process would that was paused while it took over; return the epoch."""
    producer = AIOKafkaProducer(bootstrap_servers=list(settings.bootstrap))
    await producer.start()
    try:
        first = claim_in_revisions("paused", 0)
        where = await producer.send_and_wait(settings.prefix + "revisions", first.value, first.key, partition=0)
        epoch = epoch_of(where.offset, 0)
        for topic in ("resources", "state"):
            record = claim("paused", epoch)
            await producer.send_and_wait(settings.prefix + topic, record.value, record.key, partition=0)
        return epoch
    finally:
        await producer.stop()


async def test_a_writer_that_was_claimed_over_goes_on(tmp_path: Path, kafka: Kafka) -> None:
    """What it says would be dropped by every reader for ever: it claims again, and what is submitted takes effect."""
    settings = settings_of(kafka.bootstrap, prefix_of(tmp_path))
    async with running(settings, tmp_path) as engine:
        await engine.submit(batch(upsert("a")))
        await claim_over(settings)
        async with asyncio.timeout(PATIENCE):
            receipt = await engine.submit(batch(upsert("a", 2)))
        assert receipt.revision == 2
        assert engine.state.mesh[key("a")] == thing("a", 2)
        assert engine.writing
