"""Records are read however they are compressed, by whoever wrote them or by the broker."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.sources.contract import until_synced
from tests.sources.kafka.world import KafkaWorld
from tests.sources.listener import Listener

if TYPE_CHECKING:
    from tests.components.kafka_broker import Kafka

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]


@pytest.mark.parametrize("codec", ["gzip", "lz4", "snappy", "zstd"])
async def test_every_codec_is_read(kafka: Kafka, codec: str) -> None:
    """The broker compresses what it stores, and the objects are there."""
    with closing(KafkaWorld(kafka, configs={"cleanup.policy": "compact", "compression.type": codec})) as world:
        world.change({f"a{number}": number for number in range(20)})
        listener = Listener()
        async with listener.running(world.source()):
            await until_synced(listener, world)
            assert world.names(listener) == {f"a{number}" for number in range(20)}
