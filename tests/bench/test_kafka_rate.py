"""How many edits a second are accepted, validated and in a published revision, for a minute, over Kafka."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from galley.app.policy import policy_for
from pipeline.engines.contract import Engine
from pipeline.engines.embedded import EmbeddedEngine, EmbeddedSettings
from pipeline.log.sqlite import SqliteLog
from schemas.registry import DEFAULT_REGISTRY
from tests.bench.editors import Editors, submitting
from tests.bench.node import OnKafka, running
from tests.bench.process import resident
from tests.bench.reviews import percentile, processor_seconds
from tests.bench.table import show
from tests.components.kafka_broker import kafka_broker

pytestmark = pytest.mark.bench

SERVICES = 1_000
EDITORS = 8
TOGETHER = 100
SECONDS = float(os.environ.get("BENCH_SECONDS", "60"))
WARM = 5.0
"""Seconds before it counts."""


async def _rate(engine: Engine, pids: Mapping[str, int], seconds: float) -> list[object]:
    """A row: objects a second, milliseconds to the promise, revisions, and processor seconds of each for 1,000."""
    editors = Editors(engine, SERVICES, editors=EDITORS, together=TOGETHER)
    await editors.begin()
    await editors.run_for(WARM)
    account = editors.account
    done, at = account.acknowledged, time.monotonic()
    account.waited.clear()
    before = {name: processor_seconds(pid) for name, pid in pids.items()}
    first = _revision(engine)
    await editors.run_for(seconds)
    done, took = account.acknowledged - done, time.monotonic() - at
    spent = {name: (processor_seconds(pid) - before[name]) * 1e3 / done for name, pid in pids.items()}
    assert not account.broken
    assert not account.refused
    assert not account.lost(engine.state.mesh)
    row: list[object] = [done / took, percentile(account.waited, 0.5), percentile(account.waited, 0.99)]
    return [*row, _revision(engine) - first, ", ".join(f"{name} {ms:.2f}" for name, ms in spent.items())]


def _revision(engine: Engine) -> int:
    assert engine.snapshot is not None
    return engine.snapshot.revision.number


@asynccontextmanager
async def _embedded(folder: Path) -> AsyncIterator[Engine]:
    log = SqliteLog(folder / "galley.db")
    try:
        engine = EmbeddedEngine(log, policy_for(DEFAULT_REGISTRY), EmbeddedSettings())
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(engine.run())
            await engine.accepting()
            yield engine
            task.cancel()
    finally:
        log.close()


async def test_edits_a_second(tmp_path: Path) -> None:
    """None of them is lost, a second process ends with the same digest, and both have their memory still."""
    ours = os.getpid()
    async with _embedded(tmp_path / "embedded") as engine:
        alone = await _rate(engine, {"all": ours}, SECONDS / 6)
    async with AsyncExitStack() as stack:
        broker = stack.enter_context(kafka_broker(tmp_path))
        mesh = OnKafka(bootstrap=broker.bootstrap, prefix="bench.", root=tmp_path)
        worker, server = mesh.node("worker", "pipeline"), mesh.node("xds", "xds")
        await stack.enter_async_context(running(worker, server))
        engine_ = await stack.enter_async_context(submitting(mesh, tmp_path / "editors"))
        pids = {"editors": ours, "worker": worker.pid, "xds": server.pid, "broker": broker.pid}
        apart = await _rate(engine_, pids, SECONDS)
        status = await server.has(_revision(engine_))
        assert engine_.snapshot is not None
        assert status["digest"] == engine_.snapshot.revision.digest
        sizes = [(name, resident(pid)) for name, pid in pids.items()]
    show(
        f"Edits of {SERVICES:,} routes, {EDITORS} editors, {TOGETHER} objects at once, {SECONDS:g} s",
        ("", "objects/s", "p50 ms", "p99 ms", "revisions", "CPU s for 1,000"),
        [("one process", *alone), ("over Kafka", *apart)],
    )
    show("Afterwards", ("", "MiB"), sizes)
