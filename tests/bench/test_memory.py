"""What a service and a proxy weigh, and that neither weighs more where there are many."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.bench.fleet import connected
from tests.bench.mesh import write
from tests.bench.process import bare, galley, resident
from tests.bench.table import show

pytestmark = pytest.mark.bench

FEW, MANY = 1, 201
SETTLED = 3.0
"""Seconds until a server that was busy has given its memory back (`galley.app.memory`)."""


async def _weighed(root: Path, services: int) -> list[float]:
    """The resident MiB of a server with few and with many proxies."""
    write(root / "mesh", services)
    found = []
    async with galley(root) as server, AsyncExitStack() as stack:
        for proxies in (FEW, MANY - FEW):
            await stack.enter_async_context(connected(proxies, server.xds))
            await asyncio.sleep(SETTLED)
            found.append(resident(server.pid))
    return found


async def _bare() -> float:
    """The KiB of a stream of a server that knows nothing."""
    async with bare(0) as (process, address), AsyncExitStack() as stack:
        found = []
        for proxies in (FEW, MANY - FEW):
            await stack.enter_async_context(connected(proxies, address, xds=False))
            found.append(resident(process.pid))
    return (found[1] - found[0]) * 1024 / (MANY - FEW)


async def test_memory_is_linear(tmp_path: Path) -> None:
    """A proxy weighs a stream and little more, whatever the mesh; the thousandth service weighs what the first did."""
    rows = [(services, *await _weighed(tmp_path / str(services), services)) for services in (100, 400, 1_000)]
    floor = await _bare()
    proxies = [(many - few) * 1024 / (MANY - FEW) for _, few, many in rows]
    show(
        f"Resident memory of the server, with {FEW} and with {MANY} proxies",
        ("services", "MiB, few", "MiB, many", "KiB a proxy", "of a bare stream"),
        [(*row, each, f"{each / floor:.1f}x") for row, each in zip(rows, proxies, strict=True)],
    )
    (_, small, _), (_, middle, _), (_, large, _) = rows
    first, then = (middle - small) * 1024 / 300, (large - middle) * 1024 / 600
    show("A service", ("services", "KiB each"), [("100 to 400", first), ("400 to 1,000", then)])
    assert then < 1.5 * first
    assert proxies[2] < 3 * floor
