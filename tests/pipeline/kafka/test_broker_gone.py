"""Brokers come and go: what is published stays, nothing that was acknowledged is lost, and work goes on by itself."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
import pytest

from pipeline.log.contract import LogUnusable
from tests.components.kafka_broker import kafka_broker
from tests.pipeline.builders import batch, key, upsert
from tests.pipeline.engine_contract import Collector
from tests.pipeline.kafka.engines import QUICK, running, settings_of
from tests.pipeline.kafka.hammer import hammer, later

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.component,
    pytest.mark.timeout(180),
    # The client libraries leave a socket open whose broker dies while they connect.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]


async def test_nothing_acknowledged_is_lost_with_the_broker(tmp_path: Path) -> None:
    """Killed or stopped under load and started again, twice: all processes come to what was acknowledged, or later."""
    said: dict[str, int] = {}
    sink, other = Collector(), Collector()
    with kafka_broker(tmp_path / "broker") as broker:
        settings = settings_of(broker.bootstrap, "mesh.")
        async with (
            running(settings, tmp_path / "a", sink) as engine,
            running(settings, tmp_path / "b", other, pipeline=False) as follower,
        ):
            over = asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                for number in range(10):
                    tasks.create_task(hammer(engine, f"o{number}", said, over))
                for leave in (broker.kill, broker.stop):
                    await later(engine, sink)
                    await asyncio.to_thread(leave)
                    served = engine.snapshot
                    assert served is not None
                    await asyncio.to_thread(broker.start)
                    await later(engine, sink)
                over.set()
            for name, value in said.items():
                assert orjson.loads(engine.state.mesh[key(name)].spec)["value"] >= value
            while follower.snapshot != engine.snapshot:
                other.came.clear()
                await other.came.wait()
    assert len(said) == 10


async def test_without_a_broker_the_last_good_is_served(tmp_path: Path) -> None:
    """A process that starts without a broker says so, serves what it had, and goes on when the broker comes."""
    with kafka_broker(tmp_path / "broker") as broker:
        settings = settings_of(broker.bootstrap, "mesh.")
        async with running(settings, tmp_path / "a") as engine:
            await engine.submit(batch(upsert("a")))
            before = engine.snapshot
            await asyncio.to_thread(broker.kill)
        sink = Collector()
        async with running(settings, tmp_path / "a", sink, wait=False) as engine:
            with pytest.raises(LogUnusable, match=f"no broker.*{broker.bootstrap}"):
                await engine.submit(batch(upsert("b")))
            assert engine.snapshot == before
            assert sink.snapshots == [before]
            await asyncio.to_thread(broker.start)
            await engine.accepting()
            assert engine.trouble == ""
            receipt = await engine.submit(batch(upsert("b")))
            assert receipt.revision == 2
            assert sink.numbers == [1, 2]


async def test_a_living_process_says_that_the_broker_is_gone(tmp_path: Path) -> None:
    """In words, with its address; what is in flight is refused; and it stays ready, for it serves what it has."""
    with kafka_broker(tmp_path / "broker") as broker:
        settings = settings_of(broker.bootstrap, "mesh.")
        tuning = replace(QUICK, unreachable=1.0, stalled=2.0, look=0.5)
        async with running(settings, tmp_path / "a", tuning=tuning) as engine:
            await engine.submit(batch(upsert("a")))
            await asyncio.to_thread(broker.kill)
            with pytest.raises(LogUnusable, match=f"{broker.bootstrap}.*not answered since"):
                await engine.submit(batch(upsert("b")))
            assert broker.bootstrap in engine.trouble
            age = asyncio.get_running_loop().time()
            while asyncio.get_running_loop().time() < age + 2 * tuning.stalled:
                assert engine.stalled == ""
                await asyncio.sleep(0.1)
            assert engine.snapshot is not None
            await asyncio.to_thread(broker.start)
            await engine.accepting()
            await engine.submit(batch(upsert("b")))
