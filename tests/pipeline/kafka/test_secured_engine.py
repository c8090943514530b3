"""The engine by TLS and as a user who has just the rights that docs/settings.md names, on every supported Kafka."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from kafka.admin import ResourceType

from tests.components.kafka_broker import USER, Kafka
from tests.kafka.rights import GROUP_RIGHTS, TOPIC_RIGHTS, give
from tests.kafka.secured import user
from tests.pipeline.builders import batch, delete, key, thing, upsert
from tests.pipeline.engine_contract import Collector
from tests.pipeline.kafka.engines import prefix_of, running, settings_of

if TYPE_CHECKING:
    from galley.settings.kafka import KafkaSettings

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]


@pytest.fixture(params=["kafka", "older_kafka"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> KafkaSettings:
    """Return settings of a mesh on which nobody but our user has rights."""
    broker: Kafka = request.getfixturevalue(request.param)
    prefix = prefix_of(tmp_path)
    give(broker, USER, prefix, ResourceType.TOPIC, TOPIC_RIGHTS)
    give(broker, USER, prefix, ResourceType.GROUP, GROUP_RIGHTS)
    return settings_of(broker.address("sasl_tls"), prefix, tls={"ca": broker.ca}, sasl=user(tmp_path))


async def test_the_engine_goes_on_over_a_restart_and_others_follow(settings: KafkaSettings, tmp_path: Path) -> None:
    """What was acknowledged is there again, and a process without the pipeline has the same revision."""
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    follower = Collector()
    async with running(settings, here) as engine:
        assert (await engine.submit(batch(upsert("a"), upsert("b")))).revision == 1
    async with running(settings, here) as engine, running(settings, there, follower, pipeline=False) as other:
        receipt = await engine.submit(batch(upsert("a", 2), delete("b")))
        async with asyncio.timeout(30):
            while follower.numbers[-1:] != [receipt.revision]:
                follower.came.clear()
                await follower.came.wait()
        assert other.state.mesh[key("a")] == thing("a", 2)
        assert follower.snapshots[-1] == engine.snapshot
