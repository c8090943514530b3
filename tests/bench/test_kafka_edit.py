"""How long an edit takes from a file to a proxy at another process, over Kafka, beside all of it in one process."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.bench.edits import edit_seconds
from tests.bench.fleet import connected
from tests.bench.hops import hop_seconds
from tests.bench.mesh import write
from tests.bench.node import OnKafka, running
from tests.bench.process import galley
from tests.bench.reviews import percentile
from tests.bench.table import show
from tests.components.kafka_broker import kafka_broker

pytestmark = pytest.mark.bench

SERVICES = 100
EDITS = 200
HOPS = 3
"""Writes that an edit waits for, one after the other: to the log, to the resources, to the revisions."""


async def test_an_edit_comes_to_another_process(tmp_path: Path) -> None:
    """It takes what one process takes, and a few times what Kafka takes for the records that it is."""
    alone, files = tmp_path / "alone", tmp_path / "mesh"
    write(alone / "mesh", SERVICES)
    write(files, SERVICES)
    async with galley(alone) as server, connected(1, server.xds) as fleet:
        embedded = await edit_seconds(server.files, fleet, EDITS)
    async with AsyncExitStack() as stack:
        broker = stack.enter_context(kafka_broker(tmp_path))
        mesh = OnKafka(bootstrap=broker.bootstrap, prefix="bench.", root=tmp_path, flags=(f"--files={files}",))
        worker, server_ = mesh.node("worker", "ingest,pipeline"), mesh.node("xds", "xds")
        await stack.enter_async_context(running(worker, server_))
        await worker.ready()
        await server_.ready()
        fleet = await stack.enter_async_context(connected(1, server_.xds))
        apart = await edit_seconds(files, fleet, EDITS)
        hops = await hop_seconds(broker.bootstrap, "hops", EDITS)
        assert fleet.ended == 0
    rows = [("one process", embedded), ("over Kafka, in another process", apart), ("a bare record by Kafka", hops)]
    show(
        f"{EDITS} edits, one at a time, from the file to the proxy",
        ("", "p50 ms", "p99 ms", "max ms"),
        [(name, percentile(found, 0.5), percentile(found, 0.99), max(found) * 1e3) for name, found in rows],
    )
    floor = percentile(embedded, 0.5) + HOPS * percentile(hops, 0.5)
    show("Of one process and three records", ("", ""), [("p50", f"{percentile(apart, 0.5) / floor:.1f}x")])
    assert percentile(apart, 0.5) < 4 * floor
