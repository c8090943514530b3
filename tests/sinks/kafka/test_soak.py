"""A broker that is killed again and again under load: the topics end in step, and no event is missing."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import orjson
import pytest

from tests.app.commands import entry
from tests.app.live import running
from tests.app.told import word
from tests.components.kafka_broker import kafka_broker
from tests.sinks.kafka.test_publishing import follower, metric, publishing, until_metric
from tests.sinks.kafka.topics import records_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.app.live import Live

pytestmark = pytest.mark.soak
_KILLS = int(os.environ.get("GALLEY_KILLS", "20"))


async def _edit(live: Live) -> None:
    """Edit ten files in turn, for ever."""
    number = 0
    while True:
        number += 1
        text = entry(f"web-{number % 10}").replace("192.0.2.1", f"192.0.{number >> 8}.{number & 255}")
        (live.files / f"{number % 10}.yaml").write_text(text)
        await asyncio.sleep(0.05)


async def test_a_broker_killed_under_load_again_and_again(tmp_path: Path) -> None:
    """Whatever was on its way: the last revision is complete, and each was told of, once and in order."""
    with kafka_broker(tmp_path / "kafka") as broker:
        settings = publishing(broker)
        async with running(tmp_path, kafka=settings) as live:
            async with asyncio.TaskGroup() as tasks:
                editing = tasks.create_task(_edit(live))
                for _ in range(_KILLS):
                    await asyncio.sleep(1.0)
                    await asyncio.to_thread(broker.kill)
                    await asyncio.sleep(0.5)
                    await asyncio.to_thread(broker.start)
                editing.cancel()
            await asyncio.sleep(2.0)
            status = await live.get("/api/v1/status")
            number = status["revision"]
            await until_metric(live, "galley_kafka_published_revision", number)
            machine = await follower(broker.bootstrap, str(settings["prefix"]), number)
            assert machine.state.revision is not None
            assert machine.state.revision.digest == status["digest"]
            assert await metric(live, "galley_kafka_events_dropped_total") == 0
            records = await records_until(
                broker.bootstrap,
                f"{settings['prefix']}events",
                lambda records: any(
                    word(event) == "published" and event["data"]["revision"] == number
                    for event in (orjson.loads(record.value) for record in records[-50:])
                ),
            )
        events = {event["id"]: event for event in (orjson.loads(record.value) for record in records)}
        published = [event["data"]["revision"] for event in events.values() if word(event) == "published"]
        assert published == list(range(1, number + 1))
