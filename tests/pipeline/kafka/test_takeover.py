"""One process writes at a time; another takes over when it dies or leaves, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from pipeline.log import failpoints
from tests.pipeline.builders import batch, key, upsert
from tests.pipeline.engine_contract import Collector
from tests.pipeline.kafka.engines import prefix_of, running, settings_of
from tests.pipeline.kafka.hammer import hammer, later

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.components.kafka_broker import Kafka

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]

ROOT = Path(__file__).parents[3]
PATIENCE = 10.0
"""Seconds within which another process has to write."""


@asynccontextmanager
async def writing(
    bootstrap: str, prefix: str, folder: Path, failpoint: str = ""
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process that writes a mesh."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.pipeline.kafka.writing_process", bootstrap, prefix, str(folder)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "GALLEY_FAILPOINT": failpoint},
    )
    try:
        assert process.stdout is not None
        while (line := await process.stdout.readline()) != b"writing\n":
            assert line
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_another_process_takes_over_from_one_that_was_killed(tmp_path: Path, kafka: Kafka) -> None:
    """Within seconds, under load, three times over; every reader comes to what was acknowledged, or later."""
    prefix = prefix_of(tmp_path)
    settings = settings_of(kafka.bootstrap, prefix, session_timeout=3.0, heartbeat=1.0)
    said: dict[str, int] = {}
    sink, over = Collector(), asyncio.Event()
    async with (
        writing(kafka.bootstrap, prefix, tmp_path / "first") as process,
        running(settings, tmp_path / "a", sink) as standby,
    ):
        async with asyncio.TaskGroup() as tasks:
            for number in range(10):
                tasks.create_task(hammer(standby, f"o{number}", said, over))
            await later(standby, sink)
            process.send_signal(signal.SIGKILL)
            await process.wait()
            async with asyncio.timeout(PATIENCE):
                await later(standby, sink)
            over.set()
        for name, value in said.items():
            assert orjson.loads(standby.state.mesh[key(name)].spec)["value"] >= value
        async with running(settings, tmp_path / "joiner", pipeline=False) as joiner:
            assert joiner.snapshot == standby.snapshot
            assert joiner.state == standby.state


@pytest.mark.parametrize("failpoint", [failpoints.APPEND, failpoints.COMMIT_BEFORE, failpoints.COMMIT_AFTER])
async def test_an_entry_is_done_once_wherever_its_writer_dies(tmp_path: Path, kafka: Kafka, failpoint: str) -> None:
    """Before its bodies, before its revision, before its rows: it is one revision, and all processes agree on it."""
    prefix = prefix_of(tmp_path)
    settings = settings_of(kafka.bootstrap, prefix, session_timeout=3.0, heartbeat=1.0)
    async with (
        writing(kafka.bootstrap, prefix, tmp_path / "first", f"{failpoint}:3") as process,
        running(settings, tmp_path / "a") as standby,
    ):
        first = not standby.writing  # the group may have given the log to the one that came later
        receipts = [await standby.submit(batch(upsert("a", value), upsert(f"b{value}"))) for value in range(1, 4)]
        assert [receipt.revision for receipt in receipts] == [1, 2, 3]
        if first:
            assert await process.wait() == -signal.SIGKILL
        assert standby.writing
        assert len(standby.state.mesh) == 4
        async with running(settings, tmp_path / "joiner", pipeline=False) as joiner:
            assert joiner.snapshot == standby.snapshot
            assert joiner.state == standby.state


async def test_a_second_pipeline_may_join_and_leave_during_a_burst(tmp_path: Path, kafka: Kafka) -> None:
    """Whoever of them writes; nothing that was acknowledged is lost, and both serve the same."""
    settings = settings_of(kafka.bootstrap, prefix_of(tmp_path))
    said: dict[str, int] = {}
    sink, other, over = Collector(), Collector(), asyncio.Event()
    async with running(settings, tmp_path / "a", sink) as engine, asyncio.TaskGroup() as tasks:
        for number in range(10):
            tasks.create_task(hammer(engine, f"o{number}", said, over))
        for _ in range(3):
            await later(engine, sink)
            async with running(settings, tmp_path / "b", other) as second:
                await later(second, other)
                assert [engine.writing, second.writing].count(True) <= 1
            await later(engine, sink)
        over.set()
    async with running(settings, tmp_path / "joiner", pipeline=False) as joiner:
        for name, value in said.items():
            assert orjson.loads(joiner.state.mesh[key(name)].spec)["value"] >= value
        assert joiner.snapshot == engine.snapshot
