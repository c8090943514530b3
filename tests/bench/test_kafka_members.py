"""Processes of a mesh on Kafka come and go: how long until there is a writer again, until a newcomer serves."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.bench.editors import Editors, submitting
from tests.bench.fleet import Fleet, connected
from tests.bench.mesh import write
from tests.bench.node import Node, OnKafka, running
from tests.bench.process import resident
from tests.bench.table import show
from tests.components.kafka_broker import kafka_broker

pytestmark = pytest.mark.bench

KILLS = 5
SERVICES = 3_334
SIZES = (100, 1_000, SERVICES)
PROXIES = 20
SETTLED = 3.0
"""Seconds until a server that was busy has given its memory back (`galley.app.memory`)."""


async def _after_a_kill(doomed: Node, editors: Editors, fleet: Fleet, *, again: bool) -> float:
    """The seconds from a worker's kill until its mesh's proxies have an edit that was submitted after it."""
    before = time.monotonic()
    await doomed.kill()
    if again:
        await doomed.launch()
    fleet.expect("mark-")
    await editors.edit(0)
    await fleet.complete()
    took = time.monotonic() - before
    await (doomed.open() if again else doomed.launch())
    return took


async def _kills(mesh: OnKafka, root: Path, workers: tuple[Node, ...], server: Node) -> list[float]:
    """Kill the worker that writes, so many times, and look at what the proxies are sent meanwhile."""
    found = []
    async with running(*workers, server), submitting(mesh, root) as engine:
        editors = Editors(engine, 100, editors=1, together=1)
        await editors.begin()
        await server.ready()
        async with connected(PROXIES, server.xds) as fleet:
            for _ in range(KILLS):
                writer = max(workers, key=lambda worker: worker.last_term)
                before = fleet.resources
                found.append(await _after_a_kill(writer, editors, fleet, again=len(workers) == 1))
                await fleet.quiet()
                assert fleet.resources - before == PROXIES, "each proxy is sent the edit, and nothing else"
                for worker in workers:
                    await worker.open()
            assert not fleet.ended
    return found


async def test_a_writer_is_killed(tmp_path: Path) -> None:
    """Another stands by, or it is started again: proxies keep their streams, and are sent nothing but the next edit."""
    rows = []
    with kafka_broker(tmp_path) as broker:
        for name, size in (("started again at once", 1), ("another stands by", 2)):
            mesh = OnKafka(bootstrap=broker.bootstrap, prefix=f"by-{size}.", root=tmp_path / str(size))
            workers = tuple(mesh.node(f"worker-{number}", "pipeline") for number in range(size))
            found = await _kills(mesh, tmp_path / str(size) / "editors", workers, mesh.node("xds", "xds"))
            rows.append((name, sorted(found)[len(found) // 2], max(found)))
    show(
        f"From the kill of the worker to the next edit at {PROXIES} proxies of another process, {KILLS} times",
        ("", "median s", "max s"),
        rows,
    )


async def test_a_server_joins(tmp_path: Path) -> None:
    """It serves the same as the others, a small multiple of what a start from its own replica takes."""
    rows = []
    with kafka_broker(tmp_path) as broker:
        for services in SIZES:
            root = tmp_path / str(services)
            write(root / "mesh", services)
            flags = (f"--files={root / 'mesh'}",)
            mesh = OnKafka(bootstrap=broker.bootstrap, prefix=f"of-{services}.", root=root, flags=flags)
            worker, first, second = (
                mesh.node("worker", "ingest,pipeline"),
                mesh.node("xds-1", "xds"),
                mesh.node("xds-2", "xds"),
            )
            before = time.monotonic()
            async with running(worker, first):
                for node in (worker, first):
                    await node.ready()
                begun = time.monotonic() - before
                joined = await _started(second)
                status = await first.status()
                assert (await second.status())["digest"] == status["digest"]
                assert (await worker.status())["digest"] == status["digest"]
                await second.stop()
                again = await _started(second)
                try:
                    await asyncio.sleep(SETTLED)
                    sizes = [resident(pid) for pid in (worker.pid, first.pid, second.pid, broker.pid)]
                finally:
                    await second.stop()
            rows.append((3 * services, begun, joined, again, *sizes))
    show(
        "An xDS server that joins a mesh",
        (
            *("objects", "all from files s", "joins s", "again s"),
            *("worker MiB", "xds MiB", "started again MiB", "broker MiB"),
        ),
        rows,
    )
    *_, (_, begun, joined, *_) = rows
    assert joined < 2 * begun


async def _started(node: Node) -> float:
    """The seconds until a process serves."""
    before = time.monotonic()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(node.stop)
        await node.launch()
        await node.open()
        await node.ready()
        stack.pop_all()
    return time.monotonic() - before
