"""Load on an engine, for tests that break something meanwhile."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pipeline.log.contract import LogUnusable
from tests.pipeline.builders import batch, upsert

if TYPE_CHECKING:
    import asyncio

    from pipeline.engines.kafka.engine import KafkaEngine
    from tests.pipeline.engine_contract import Collector


async def hammer(engine: KafkaEngine, name: str, said: dict[str, int], until: asyncio.Event) -> None:
    """Change an object again and again, and note what was acknowledged."""
    value = 0
    while not until.is_set():
        value += 1
        await engine.accepting()
        with suppress(LogUnusable):
            await engine.submit(batch(upsert(name, value)))
            said[name] = value


async def later(engine: KafkaEngine, sink: Collector) -> None:
    """Return once the engine has published two more revisions."""
    number = engine.snapshot.revision.number if engine.snapshot is not None else 0
    while engine.snapshot is None or engine.snapshot.revision.number < number + 2:
        sink.came.clear()
        await sink.came.wait()
