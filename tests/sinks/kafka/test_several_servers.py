"""Servers of one mesh tell one story: each event once, by whom it happens to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.app.commands import entry
from tests.app.live import proxy
from tests.app.told import checked, word
from tests.kafka.members import Members
from tests.sinks.kafka.topics import records_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.components.kafka_broker import Kafka

pytestmark = [pytest.mark.component, pytest.mark.timeout(180)]


async def test_the_writer_tells_of_revisions_and_each_xds_server_of_its_proxies(kafka: Kafka, tmp_path: Path) -> None:
    """`published` comes once a revision, from the pipeline's process; `applied` from each server, for its proxies."""
    members = Members(tmp_path / "root", kafka)
    async with (
        members.member("pipeline", "ingest,pipeline") as pipeline,
        members.member("one", "xds") as one,
        members.member("two", "xds") as two,
        proxy(one.addresses["xds"]),
        proxy(two.addresses["xds"]),
    ):
        before = (await pipeline.get("/api/v1/status"))["revision"]
        for number in range(1, 4):
            (members.files / "a.yaml").write_text(entry("web", number))
            await pipeline.revision(before + number)
        last = before + 3

        def told(records: list[Any]) -> bool:
            events = [orjson.loads(record.value) for record in records]
            everywhere = {
                event["source"]
                for event in events
                if word(event) == "applied" and event["data"]["revision"] == last and event["data"]["complete"]
            }
            return everywhere >= {"/galley/one", "/galley/two"}

        async with asyncio.timeout(60):
            records = await records_until(kafka.bootstrap, f"{members.prefix}events", told)
    events = [checked(record.value) for record in records]
    published = [event for event in events if word(event) == "published"]
    assert {event["source"] for event in published} == {"/galley/pipeline"}
    numbers = [event["data"]["revision"] for event in published]
    assert numbers == sorted(set(numbers))
    assert {event["source"] for event in events if word(event) == "received"} == {"/galley/pipeline"}
    assert len({event["id"] for event in events}) == len(events)
