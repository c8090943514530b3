"""Editors that submit to a mesh on Kafka from a process of their own, and an account of what they were promised.

Each editor has routes that nobody else edits, and waits for each answer, so that what a route must be in the end is
known: what was acknowledged last, or what was refused since. A refused edit may still take effect, as the engine says.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import orjson
import yaml

from galley.app.policy import policy_for
from galley.documents.read import read
from galley.settings.kafka import KafkaSettings
from pipeline.engines.contract import Engine
from pipeline.engines.kafka.engine import KafkaEngine
from pipeline.engines.kafka.submitter import EntryRefused
from pipeline.engines.kafka.tuning import KafkaTuning
from pipeline.log.contract import LogUnusable
from pipeline.log.sqlite import SqliteLog
from pipeline.model.batch import Batch, Cause
from pipeline.model.change import Change, Upserted
from pipeline.model.key import Key
from pipeline.model.resource import Resource
from schemas.registry import DEFAULT_REGISTRY
from tests.bench.mesh import route, service
from tests.bench.node import OnKafka

SOURCE = "editors"
_MARK = re.compile(rb"mark-(\d+)-")
_ROUTE = "VirtualService"


def _changes(text: str, file: str) -> tuple[Change, ...]:
    """What a source says that reads this text: each document is read and checked as always."""
    found = read(text.encode(), SOURCE, file)
    assert not found.faults
    return tuple(Upserted(resource=item.resource, diagnostics=item.diagnostics) for item in found.resources)


@cache
def _document(service: int) -> str:
    """A route as a JSON document, as programs write them; it says NONE where its mark is to be."""
    return orjson.dumps(yaml.safe_load(route(service, "NONE"))).decode()


def mark_of(resource: Resource | None) -> int:
    """The number of the edit that a route is of; 0: of none."""
    found = _MARK.search(resource.spec) if resource is not None else None
    return int(found[1]) if found else 0


@dataclass(slots=True)
class Account:
    """What was promised: by route, the edit acknowledged last, and those refused since."""

    last: dict[Key, int] = field(default_factory=dict)
    unsure: dict[Key, set[int]] = field(default_factory=dict)
    acknowledged: int = 0
    refused: int = 0
    waited: list[float] = field(default_factory=list)
    """The seconds that each acknowledgement took."""
    broken: list[str] = field(default_factory=list)
    """Acknowledged edits that were not in the mesh when they were acknowledged."""

    def acknowledge(self, marks: Mapping[Key, int], seconds: float, mesh: Mapping[Key, Resource]) -> None:
        """Take note of a promise, and look whether it holds."""
        self.waited.append(seconds)
        for key, mark in marks.items():
            self.acknowledged += 1
            self.last[key] = mark
            self.unsure.pop(key, None)
            if mark_of(mesh.get(key)) != mark:
                self.broken.append(f"{key}: {mark} was acknowledged, and {mark_of(mesh.get(key))} is there")

    def refuse(self, marks: Mapping[Key, int]) -> None:
        """Take note that these may be, or not."""
        for key, mark in marks.items():
            self.refused += 1
            self.unsure.setdefault(key, set()).add(mark)

    def lost(self, mesh: Mapping[Key, Resource]) -> list[str]:
        """Return the routes that are not what was promised."""
        found = {key: mark_of(mesh.get(key)) for key in self.last}
        return [
            f"{key}: {self.last[key]} was acknowledged, then {sorted(self.unsure.get(key, ()))} refused; it is {mark}"
            for key, mark in found.items()
            if mark != self.last[key] and mark not in self.unsure.get(key, ())
        ]


class Editors:
    """So many editors over a mesh of so many services; `together` routes are edited by one batch."""

    def __init__(self, engine: Engine, services: int, *, editors: int, together: int) -> None:
        """Take the engine of this process."""
        self.engine = engine
        self.account = Account()
        self._services = services
        self._editors = editors
        self._together = together
        self._mark = 0

    async def begin(self) -> None:
        """Submit the mesh as it is at first."""
        changes = _changes("---\n".join(service(i) for i in range(self._services)), "services.yaml")
        for i in range(self._services):
            changes += _changes(_document(i), f"route-{i}.json")
        await self.engine.submit(_batch(changes))

    async def run(self, enough: asyncio.Event, pause: float = 0.0) -> None:
        """Edit until it is enough, each editor with a pause between an answer and the next edit."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(self._editors):
                tasks.create_task(self._edit(number, enough, pause))

    async def run_for(self, seconds: float) -> None:
        """Edit for so long, without pauses."""
        enough = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, enough.set)
        await self.run(enough)

    async def edit(self, service: int) -> None:
        """Edit one route, again and again until that is acknowledged."""
        while not await self._submit([service]):
            pass

    async def _edit(self, number: int, enough: asyncio.Event, pause: float) -> None:
        mine = range(number, self._services, self._editors)
        at = 0
        while not enough.is_set():
            chosen = [mine[(at + i) % len(mine)] for i in range(min(self._together, len(mine)))]
            at += len(chosen)
            await self._submit(chosen)
            await asyncio.sleep(pause)

    async def _submit(self, chosen: Iterable[int]) -> bool:
        """Edit some routes at once; return whether that was acknowledged."""
        marks: dict[Key, int] = {}
        changes: list[Change] = []
        for i in chosen:
            self._mark += 1
            changes += _changes(_document(i).replace("NONE", f"mark-{self._mark}-"), f"route-{i}.json")
            marks[_key(i)] = self._mark
        before = time.monotonic()
        try:
            await self.engine.submit(_batch(tuple(changes)))
        except (LogUnusable, EntryRefused):
            self.account.refuse(marks)
            await self.engine.accepting()
            return False
        assert self.engine.snapshot is not None
        self.account.acknowledge(marks, time.monotonic() - before, self.engine.snapshot.resources)
        return True


def _key(service: int) -> Key:
    return Key(_ROUTE, "default", f"svc-{service}")


def _batch(changes: tuple[Change, ...]) -> Batch:
    return Batch(source=SOURCE, changes=changes, cause=Cause(at=time.time()))


@asynccontextmanager
async def submitting(mesh: OnKafka, folder: Path) -> AsyncIterator[KafkaEngine]:
    """Run an engine in this process that submits and follows, and never writes; it accepts when the block begins."""
    settings = KafkaSettings.model_validate({"bootstrap": (mesh.bootstrap,), "prefix": mesh.prefix})
    log = SqliteLog(folder / "galley.db")
    try:
        engine = KafkaEngine(
            settings,
            policy_for(DEFAULT_REGISTRY),
            replica=log,
            folder=folder,
            pipeline=False,
            tuning=KafkaTuning(keep=1_000_000),
        )
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(engine.run())
            await engine.accepting()
            try:
                yield engine
            finally:
                running.cancel()
    finally:
        log.close()
