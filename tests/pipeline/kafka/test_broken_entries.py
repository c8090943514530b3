"""What breaks a stage is refused alone; what an older writer still sends is dropped, and mended."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
import pytest
from aiokafka import AIOKafkaProducer

from pipeline.engines.kafka.submitter import EntryRefused
from pipeline.stages.precedence import Precedence
from pipeline.stages.rows import Row
from pipeline.topics.outgoing import body_record, row_record
from tests.pipeline.builders import batch, key, origin, policy, thing, upsert
from tests.pipeline.kafka.engines import prefix_of, running, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from galley.settings.kafka import KafkaSettings
    from pipeline.model.batch import Batch
    from pipeline.model.key import Key
    from pipeline.stages.precedence import Ranks
    from pipeline.topics.outgoing import Outgoing
    from tests.components.kafka_broker import Kafka

pytestmark = [pytest.mark.component, pytest.mark.timeout(60)]


class Explosive(Precedence):
    """An order that fails on one object: a fault of ours."""

    def ranks(self, key: Key, hosts: Callable[[], Iterable[str]]) -> Ranks:
        """Fail on the bomb."""
        if key.name == "bomb":
            msg = "boom"
            raise ZeroDivisionError(msg)
        return super().ranks(key, hosts)


BOMB = batch(upsert("bomb"), upsert("bomb", at=origin("x.yaml")))
NO_CHANGE = batch(upsert("z"), None)  # type: ignore[arg-type]  # what no source can say, and no writer read


@pytest.mark.parametrize(("broken", "why"), [(BOMB, "boom"), (NO_CHANGE, "Entry")])
async def test_what_breaks_a_stage_is_refused_alone(tmp_path: Path, kafka: Kafka, broken: Batch, why: str) -> None:
    """Others that were submitted with it take effect; the state is what it was without it; a restart goes on."""
    settings, rules = settings_of(kafka.bootstrap, prefix_of(tmp_path)), replace(policy(), precedence=Explosive())
    async with running(settings, tmp_path, rules=rules) as engine:
        await engine.submit(batch(upsert("a")))
        said = [broken if number == 3 else batch(upsert(f"o{number}")) for number in range(7)]
        answers = await asyncio.gather(*(engine.submit(one) for one in said), return_exceptions=True)
        assert [isinstance(answer, EntryRefused) for answer in answers] == [number == 3 for number in range(7)]
        assert why in str(answers[3])
        assert sorted(found.name for found in engine.state.mesh) == ["a", "o0", "o1", "o2", "o4", "o5", "o6"]
        assert key("bomb") not in engine.state.claims
        state = engine.state
    async with running(settings, tmp_path, rules=rules) as engine:
        assert engine.state.claims == state.claims
        await engine.submit(batch(upsert("o3")))
        assert engine.state.mesh[key("o3")] == thing("o3")


async def send(settings: KafkaSettings, topic: str, record: Outgoing) -> None:
    """Send a record as a writer would."""
    producer = AIOKafkaProducer(bootstrap_servers=list(settings.bootstrap))
    await producer.start()
    try:
        headers = list(record.headers)
        await producer.send_and_wait(settings.prefix + topic, record.value, record.key, partition=0, headers=headers)
    finally:
        await producer.stop()


async def test_what_an_older_writer_sends_changes_nothing(tmp_path: Path, kafka: Kafka) -> None:
    """Readers drop it, whenever they join; the living writer writes anew what it lies on top of."""
    settings = settings_of(kafka.bootstrap, prefix_of(tmp_path))
    async with running(settings, tmp_path / "a") as engine:
        await engine.submit(batch(upsert("a"), upsert("b")))
        before = engine.snapshot
        await send(settings, "resources", body_record(key("a"), thing("a", "zombie"), 2, 0))
        await send(settings, "resources", body_record(key("b"), None, 2, 0))
        for claims in engine.state.claims.values():
            assert claims
        row = Row("claims", orjson.dumps(["files", "a.yaml", *key("a")]).decode(), None)
        await send(settings, "state", row_record(row, 0))
        async with running(settings, tmp_path / "b", pipeline=False) as joiner:
            assert joiner.snapshot == before
            while not mended(engine):
                await asyncio.sleep(0.05)
            assert engine.snapshot == joiner.snapshot == before
            assert joiner.state.claims == engine.state.claims


def mended(engine: object) -> bool:
    """Tell whether nothing is left to be written anew."""
    follower = engine._following.follower  # type: ignore[attr-defined]  # noqa: SLF001  nobody else can tell
    return follower is not None and not follower.repairs()
