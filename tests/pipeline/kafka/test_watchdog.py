"""A worker or a reader that no longer gets on is said, and made anew by itself."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from pipeline.engines.kafka.faust_worker import FaustWorker
from tests.pipeline.builders import batch, upsert
from tests.pipeline.kafka.engines import QUICK, prefix_of, running, settings_of

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.engines.kafka.engine import KafkaEngine
    from tests.components.kafka_broker import Kafka

pytestmark = [pytest.mark.component, pytest.mark.timeout(60)]

IMPATIENT = replace(QUICK, stalled=2.0, poke=0.5)


def session_of(engine: KafkaEngine) -> Any:  # noqa: ANN401  whatever is in there
    """Return what runs within an engine, to break it."""
    return engine._session  # noqa: SLF001  a fault has no public name


async def test_a_worker_that_faust_has_stalled_is_made_anew(tmp_path: Path, kafka: Kafka) -> None:
    """What was submitted meanwhile is stepped by the new worker, and answered."""
    settings = settings_of(kafka.bootstrap, prefix_of(tmp_path))
    async with running(settings, tmp_path, tuning=IMPATIENT) as engine:
        await engine.submit(batch(upsert("a")))
        worker: FaustWorker = session_of(engine)._writer.worker  # noqa: SLF001  likewise
        worker._app.consumer.pause_partitions({worker._tp})  # noqa: SLF001  as after a rebalance that Faust never ends
        with structlog.testing.capture_logs() as logs:
            receipt = await engine.submit(batch(upsert("b")))
        assert receipt.revision == 2
        assert session_of(engine)._writer.worker is not worker  # noqa: SLF001  likewise
        reasons = [entry["reason"] for entry in logs if entry["event"] == "engine.stalled"]
        assert reasons == ["the worker on the mesh's log is 1 behind and has not got on for 2 s"]
        while engine.stalled:
            await asyncio.sleep(0.05)


async def test_a_worker_that_has_crashed_is_made_anew(tmp_path: Path, kafka: Kafka) -> None:
    """At once, whatever it was that Faust could not bear."""
    settings = settings_of(kafka.bootstrap, prefix_of(tmp_path))
    async with running(settings, tmp_path, tuning=IMPATIENT) as engine:
        await engine.submit(batch(upsert("a")))
        worker: FaustWorker = session_of(engine)._writer.worker  # noqa: SLF001  likewise
        await worker._app.crash(RuntimeError("made up"))  # noqa: SLF001  likewise
        receipt = await engine.submit(batch(upsert("b")))
        assert receipt.revision == 2
        assert session_of(engine)._writer.worker is not worker  # noqa: SLF001  likewise


async def test_a_reader_that_has_ended_is_made_anew(tmp_path: Path, kafka: Kafka) -> None:
    """It reads all again, and publishes nothing twice."""
    settings = settings_of(kafka.bootstrap, prefix_of(tmp_path))
    async with running(settings, tmp_path, tuning=IMPATIENT) as engine:
        await engine.submit(batch(upsert("a")))
        before = engine.snapshot
        session_of(engine)._read_anew.set()  # noqa: SLF001  as the watch does
        receipt = await engine.submit(batch(upsert("b")))
        assert receipt.revision == 2
        assert before is not None
        assert engine.snapshot is not None
        assert engine.snapshot.revision.parent == before.revision.number
