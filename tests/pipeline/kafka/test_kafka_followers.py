"""Every process of a mesh serves the same versions, whichever of them submits, writes, or only follows."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import structlog

from pipeline.log.contract import LogUnusable
from tests.pipeline.builders import batch, delete, key, synced, thing, upsert
from tests.pipeline.engine_contract import Collector
from tests.pipeline.kafka.engines import prefix_of, running, settings_of
from tests.pipeline.kafka.topics import make_anew, send, truncate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from galley.settings.kafka import KafkaSettings
    from pipeline.engines.contract import Receipt
    from pipeline.engines.kafka.engine import KafkaEngine
    from pipeline.model.batch import Batch
    from tests.components.kafka_broker import Kafka

pytestmark = [pytest.mark.component, pytest.mark.timeout(60)]


async def caught_up(engine: KafkaEngine, sink: Collector, number: int) -> None:
    """Return once the engine has published a revision."""
    while engine.snapshot is None or engine.snapshot.revision.number < number:
        sink.came.clear()
        await sink.came.wait()


async def test_a_follower_serves_what_the_writer_serves(tmp_path: Path, kafka: Kafka) -> None:
    """Revision by revision; what the follower submits is stepped by the writer, and answered."""
    settings, sink = settings_of(kafka.bootstrap, prefix_of(tmp_path)), Collector()
    async with (
        running(settings, tmp_path / "a") as writer,
        running(settings, tmp_path / "b", sink, pipeline=False) as follower,
    ):
        assert (writer.writing, follower.writing) == (True, False)
        for value in range(20):
            receipt = await writer.submit(batch(upsert("a", value), upsert(f"b{value}")))
            await caught_up(follower, sink, receipt.revision)
            assert follower.snapshot == writer.snapshot
        receipt = await follower.submit(batch(delete("a"), upsert("c")))
        assert follower.snapshot is not None
        assert follower.snapshot.revision.number == receipt.revision == 21
        assert sink.numbers == list(range(1, 22))
        for engine in (writer, follower):  # the replica is written behind what is published
            while engine.log.revision(21) is None:
                await asyncio.sleep(0.01)
        assert follower.log.history(100) == writer.log.history(100)


async def test_a_late_joiner_has_it_all(tmp_path: Path, kafka: Kafka) -> None:
    """Mesh, revision, state and the time since which each object is served."""
    settings = settings_of(kafka.bootstrap, prefix_of(tmp_path))
    async with running(settings, tmp_path / "a") as writer:
        await writer.submit(batch(*(upsert(f"o{number}") for number in range(500))))
        await writer.submit(batch(*(upsert(f"o{number}", 2) for number in range(0, 500, 7)), delete("o1")))
        async with running(settings, tmp_path / "b", pipeline=False) as joiner:
            assert joiner.snapshot == writer.snapshot
            assert joiner.state == writer.state


@pytest.mark.parametrize("topic", ["log", "resources", "revisions", "state"])
async def test_a_poison_record_harms_nothing(tmp_path: Path, kafka: Kafka, topic: str) -> None:
    """Bytes that are no record are told and passed over, by who is there, who joins, and a worker that recovers."""
    settings = settings_of(kafka.bootstrap, prefix_of(tmp_path), store="rocksdb")
    with structlog.testing.capture_logs() as logs:
        async with running(settings, tmp_path / "a") as engine:
            await engine.submit(batch(upsert("a", 1)))
            for poison in (b"\\xff\\x00{", b"{}", b'{"f":1,"t":"Resource","v":{}}'):
                await send(settings, topic, b"Thing/default/a", poison)
                await send(settings, topic, b"no key", poison)
            await send(settings, topic, b"writer", b"nonsense")
            await send(settings, topic, b'["claims","no key"]', None)
            receipt = await engine.submit(batch(upsert("a", 2)))
            assert receipt.revision == 2
            async with running(settings, tmp_path / "b", pipeline=False) as joiner:
                assert joiner.snapshot == engine.snapshot
        async with running(settings, tmp_path / "a") as engine:
            receipt = await engine.submit(batch(upsert("b")))
            assert receipt.revision == 3
            assert engine.state.mesh[key("a")] == thing("a", 2)
    told = [entry for entry in logs if entry["event"] == "topic.poison" and topic in entry["topic"]]
    assert len(told) >= 7


@pytest.mark.parametrize(
    "topics",
    [("resources",), ("revisions",), ("state",), ("log",), ("resources", "revisions", "state"), ("log", "state")],
    ids=",".join,
)
@pytest.mark.parametrize("how", [truncate, make_anew])
async def test_a_topic_that_lost_its_records_is_written_anew(
    tmp_path: Path, kafka: Kafka, how: Callable[..., None], topics: tuple[str, ...]
) -> None:
    """The mesh is served on; the writer goes on with higher numbers; and who joins then has it all."""
    settings, sink = settings_of(kafka.bootstrap, prefix_of(tmp_path)), Collector()
    async with running(settings, tmp_path / "a", sink) as engine:
        await engine.submit(batch(*(upsert(f"o{number}") for number in range(50))))
        await engine.submit(batch(upsert("o1", 2), delete("o2")))
        await asyncio.to_thread(how, settings, *topics)
        receipt = await insist(engine, batch(upsert("o3", 2)))
        assert receipt.revision > 2
        while not await same_for_a_joiner(engine, settings, tmp_path / "b"):
            await insist(engine, batch(synced("another")))
    assert {len(snapshot.resources) for snapshot in sink.snapshots} == {49, 50}


@pytest.mark.parametrize(
    "topics", [("resources",), ("revisions",), ("state",), ("log",), ("log", "state")], ids=",".join
)
async def test_a_process_without_a_replica_makes_the_best_of_what_is_left(
    tmp_path: Path, kafka: Kafka, topics: tuple[str, ...]
) -> None:
    """Whatever topic was lost while nobody was there: all objects are served, and the next change takes effect."""
    settings = settings_of(kafka.bootstrap, prefix_of(tmp_path))
    async with running(settings, tmp_path / "a") as engine:
        await engine.submit(batch(*(upsert(f"o{number}") for number in range(5))))
        await engine.submit(batch(upsert("o1", 2)))
        served = engine.state.digests.digest()
    await asyncio.to_thread(make_anew, settings, *topics)
    async with running(settings, tmp_path / "another") as engine:
        assert engine.state.digests.digest() == served
        receipt = await engine.submit(batch(upsert("o2", 2), delete("o3")))
        assert receipt.revision > 2
        assert sorted(found.name for found in engine.state.mesh) == ["o0", "o1", "o2", "o4"]
        assert engine.state.mesh[key("o2")] == thing("o2", 2)
        assert await same_for_a_joiner(engine, settings, tmp_path / "joiner")


async def insist(engine: KafkaEngine, said: Batch) -> Receipt:
    """Submit until it is accepted."""
    while True:
        await engine.accepting()
        with suppress(LogUnusable):
            return await engine.submit(said)


async def same_for_a_joiner(engine: KafkaEngine, settings: KafkaSettings, folder: Path) -> bool:
    """Tell whether a process that joins now comes to the same."""
    async with running(settings, folder, pipeline=False) as joiner:
        return joiner.snapshot == engine.snapshot and joiner.state.claims == engine.state.claims
