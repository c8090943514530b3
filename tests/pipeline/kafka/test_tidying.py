"""The topics of a mesh do not grow with its past: the writer takes out what nobody needs any more."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.pipeline.builders import batch, delete, upsert
from tests.pipeline.kafka.engines import QUICK, prefix_of, running, settings_of

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.engines.kafka.engine import KafkaEngine
    from tests.components.kafka_broker import Kafka

pytestmark = [pytest.mark.component, pytest.mark.timeout(60)]

TIDY = replace(QUICK, keep=2, dropped=0.0, look=0.2)


async def test_the_past_leaves_the_topics(tmp_path: Path, kafka: Kafka) -> None:
    """Revisions past history, and rows that were dropped; readers, old and new, have the same as before."""
    settings = settings_of(kafka.bootstrap, prefix_of(tmp_path))
    async with running(settings, tmp_path / "a", tuning=TIDY) as engine:
        for number in range(5):
            await engine.submit(batch(upsert("a", number), upsert(f"b{number}")))
        await engine.submit(batch(*(delete(f"b{number}") for number in range(5))))
        served = engine.snapshot
        async with asyncio.timeout(20):
            while past(engine) != ((), ()):
                await asyncio.sleep(0.05)
        async with running(settings, tmp_path / "joiner", pipeline=False, tuning=TIDY) as joiner:
            assert past(joiner) == ((), ())
            assert joiner.snapshot == engine.snapshot == served
            assert joiner.state.claims == engine.state.claims
        assert (await engine.submit(batch(upsert("a", 9)))).revision == 7


def past(engine: KafkaEngine) -> tuple[tuple[int, ...], tuple[tuple[str, str], ...]]:
    """Return what could go."""
    follower = engine._following.follower  # noqa: SLF001  nobody else can tell
    assert follower is not None
    return follower.outgrown(2, 1_000), follower.dropped(1 << 62)
