"""How long an edit takes to the last proxy's answer, beside what gRPC in Python takes to say anything to as many."""

from __future__ import annotations

import asyncio
from pathlib import Path
from statistics import median

import pytest

from tests.bench.edits import GAP, edit_seconds
from tests.bench.fleet import Fleet, connected
from tests.bench.mesh import write
from tests.bench.process import bare, galley
from tests.bench.table import show

pytestmark = pytest.mark.bench

ROUNDS = 15
PROXIES = 100


async def _words(process: asyncio.subprocess.Process, fleet: Fleet) -> list[float]:
    """The same of a bare server that is told to speak."""
    loop = asyncio.get_running_loop()
    assert process.stdin is not None
    times = []
    for number in range(ROUNDS):
        token = f"token-{number}-"
        fleet.expect(token)
        before = loop.time()
        process.stdin.write(f"{token}\n".encode())
        times.append(await fleet.complete() - before)
        await asyncio.sleep(GAP)
    return times


async def test_an_edit_costs_little_more_than_saying_it(tmp_path: Path) -> None:
    """Reading, validating, storing and translating add a constant to what streams cost, at any size of mesh."""
    rows: list[tuple[object, ...]] = []
    size = 0
    for services in (100, 1_000):
        root = tmp_path / str(services)
        write(root / "mesh", services)
        async with galley(root) as server, connected(PROXIES, server.xds) as fleet:
            before = fleet.received
            times = await edit_seconds(server.files, fleet, ROUNDS)
            size = (fleet.received - before) // ROUNDS // PROXIES
        rows.append((f"galley, {services} services", size, median(times) * 1e3, max(times) * 1e3))
        assert size <= 2_048, "one virtual host is sent, and nothing else"
    async with bare(size) as (process, address), connected(PROXIES, address, xds=False) as fleet:
        floor = await _words(process, fleet)
    rows.append(("bare gRPC in Python", size, median(floor) * 1e3, max(floor) * 1e3))
    ratios = [float(str(row[2])) / (median(floor) * 1e3) for row in rows]
    show(
        f"An edit, to the last of {PROXIES} proxies",
        ("server", "bytes a proxy", "p50 ms", "max ms", "of the floor"),
        [(*row, f"{ratio:.1f}x") for row, ratio in zip(rows, ratios, strict=True)],
    )
    assert ratios[0] < 6
    assert ratios[1] < 2 * ratios[0]
