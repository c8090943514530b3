"""Edits of a file, one at a time, and how long each takes to the last proxy."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.bench.fleet import Fleet
from tests.bench.mesh import edit

GAP = 0.2
"""Seconds between two edits, so that each comes alone."""


async def edit_seconds(files: Path, fleet: Fleet, rounds: int) -> list[float]:
    """The seconds from each edit's rename to the last answer."""
    loop = asyncio.get_running_loop()
    times = []
    for number in range(rounds):
        token = f"token-{number}-"
        fleet.expect(token)
        before = loop.time()
        edit(files, token)
        times.append(await fleet.complete() - before)
        await asyncio.sleep(GAP)
    return times
