"""Requests to the edge, counted by version and by status."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORKERS = 8


@dataclass(slots=True, kw_only=True)
class Counts:
    """What came back: answers by version, and what failed (a status of 500 or above, or no answer) by reason."""

    versions: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """How many requests were made."""
        return self.versions.total() + self.failures.total()

    def share(self, version: str) -> float:
        """The share of answers that a version gave, 0 to 1."""
        return self.versions[version] / max(1, self.versions.total())


async def ask(url: str, count: int, headers: dict[str, str] | None = None) -> Counts:
    """Make so many requests, a few at a time, on connections that are kept."""
    counts = Counts()
    left = iter(range(count))
    limits = httpx.Limits(max_connections=_WORKERS, max_keepalive_connections=_WORKERS)
    async with httpx.AsyncClient(limits=limits, trust_env=False, timeout=5.0) as client, asyncio.TaskGroup() as tasks:
        for _ in range(_WORKERS):
            tasks.create_task(_worker(client, url, left, counts, headers))
    return counts


async def keep_asking(url: str, counts: Counts, stop: asyncio.Event) -> None:
    """Make requests until told to stop."""
    async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
        while not stop.is_set():
            await _one(client, url, counts, None)
            await asyncio.sleep(0.002)


async def _worker(
    client: httpx.AsyncClient, url: str, left: Iterator[int], counts: Counts, headers: dict[str, str] | None
) -> None:
    for _ in left:
        await _one(client, url, counts, headers)


async def _one(client: httpx.AsyncClient, url: str, counts: Counts, headers: dict[str, str] | None) -> None:
    try:
        response = await client.get(url, headers=headers)
    except httpx.HTTPError as error:
        counts.failures[type(error).__name__] += 1
        return
    if response.is_success:
        counts.versions[response.json()["version"]] += 1
    else:
        counts.failures[str(response.status_code)] += 1
