"""`running`: a Kafka engine on a real broker, on what a folder and a prefix keep."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from galley.settings.kafka import KafkaSettings
from pipeline.engines.kafka.engine import KafkaEngine
from pipeline.engines.kafka.tuning import KafkaTuning
from pipeline.log.sqlite import SqliteLog
from tests.pipeline.engine_contract import ALL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from pipeline.engines.contract import Sink
    from pipeline.stages.policy import Policy

QUICK: Final = KafkaTuning(most_wait=0.0, retry=0.05, look=1.0)


def prefix_of(folder: Path) -> str:
    """Return the prefix of a mesh that belongs to a folder."""
    return hashlib.sha256(str(folder).encode()).hexdigest()[:12] + "."


def settings_of(bootstrap: str, prefix: str, **more: object) -> KafkaSettings:
    """Return settings of a mesh."""
    return KafkaSettings.model_validate({"bootstrap": (bootstrap,), "prefix": prefix, **more})


@asynccontextmanager
async def running(
    settings: KafkaSettings,
    folder: Path,
    *sinks: Sink,
    rules: Policy = ALL,
    pipeline: bool = True,
    tuning: KafkaTuning = QUICK,
    wait: bool = True,
) -> AsyncIterator[KafkaEngine]:
    """Run an engine; with `wait`, it accepts changes when this yields."""
    log = SqliteLog(folder / "galley.db")
    try:
        engine = KafkaEngine(settings, rules, replica=log, folder=folder, pipeline=pipeline, tuning=tuning)
        for sink in sinks:
            engine.attach(sink)
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(engine.run())
            if wait:
                await engine.accepting()
            try:
                yield engine
            finally:
                task.cancel()
    finally:
        log.close()
