"""`Crashes`: a mesh on Kafka whose processes are killed while editors edit, and what must be true afterwards."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.engines.kafka.engine import KafkaEngine
from pipeline.log.sqlite import SqliteLog
from tests.bench.client import CountingClient, connected, wanted
from tests.bench.editors import Editors, submitting
from tests.bench.node import Node, OnKafka, running
from tests.bench.table import show
from tests.components.kafka_broker import Kafka

EDITORS = 4
SERVICES = 40
_PAUSE = 0.02
_LOAD = 40
"""Edits that are acknowledged between a recovery and the next kill, at least."""
_PATIENCE = 120.0
_EVERYTHING = 1_000_000
_FLAGS = (
    *("--set=kafka.session_timeout=2", "--set=kafka.heartbeat=0.5"),
    f"--set=history.revisions={_EVERYTHING}",
)


@dataclass(slots=True, kw_only=True)
class Crashes:
    """Two workers of which one writes, two xDS servers with a client each, and editors in this process."""

    broker: Kafka
    workers: tuple[Node, Node]
    servers: tuple[Node, Node]
    clients: tuple[CountingClient, CountingClient]
    engine: KafkaEngine
    editors: Editors
    choice: random.Random
    down: list[float] = field(default_factory=list)
    """The seconds from each kill to the next edit that was acknowledged."""

    async def kill_writers(self, times: int) -> None:
        """Kill the worker that writes, again and again; now and then both. Each is started again at once."""
        for number in range(1, times + 1):
            await self._load()
            writer = max(self.workers, key=lambda worker: worker.last_term)
            doomed = self.workers if number % 10 == 0 else (writer,)
            since = time.monotonic()
            for worker in doomed:
                await worker.kill()
            for worker in doomed:
                await worker.launch()
            await self._served(since, f"worker killed {number} of {times}")
            for worker in doomed:
                await worker.open()

    async def kill_broker(self, times: int) -> None:
        """Kill the broker, and start it again, again and again."""
        for number in range(1, times + 1):
            await self._load()
            await asyncio.to_thread(self.broker.kill)
            since = time.monotonic()
            await asyncio.sleep(self.choice.random() * 2)
            await asyncio.to_thread(self.broker.start)
            await self._served(since, f"broker killed {number} of {times}")

    async def _load(self) -> None:
        """Return amid some load."""
        enough = self.editors.account.acknowledged + _LOAD
        async with asyncio.timeout(_PATIENCE):
            while self.editors.account.acknowledged < enough:
                await asyncio.sleep(0.01)
        await asyncio.sleep(self.choice.random())

    async def _served(self, since: float, what: str) -> None:
        """Return once an edit was acknowledged that was submitted after the kill, and so by whoever writes now."""
        async with asyncio.timeout(_PATIENCE):
            await self.editors.edit(SERVICES)
        self.down.append(time.monotonic() - since)
        account = self.editors.account
        told = f"acknowledged {account.acknowledged:,}, refused {account.refused:,}, broken {len(account.broken)}"
        sys.stdout.write(f"  {what}: working after {self.down[-1]:.1f} s; {told}\n")
        sys.stdout.flush()

    async def agree(self) -> None:
        """Return once every process serves what this one does, and each client has it."""
        assert self.engine.snapshot is not None
        revision = self.engine.snapshot.revision
        for node in (*self.workers, *self.servers):
            status = await node.has(revision.number)
            assert (status["revision"], status["digest"]) == (revision.number, revision.digest), node.name
        have = wanted(self.engine.graph)
        async with asyncio.timeout(_PATIENCE):
            for client in self.clients:
                while {type_: client.live[type_] for type_ in have} != have:
                    await asyncio.sleep(0.05)


@asynccontextmanager
async def crashing(broker: Kafka, root: Path, prefix: str, seed: int) -> AsyncIterator[Crashes]:
    """Run a mesh and editors until the block ends; then nobody edits any more, and what must be true is."""
    mesh = OnKafka(bootstrap=broker.bootstrap, prefix=prefix, root=root, flags=_FLAGS)
    workers = (mesh.node("worker-1", "pipeline"), mesh.node("worker-2", "pipeline"))
    servers = (mesh.node("xds-1", "xds"), mesh.node("xds-2", "xds"))
    clients = (CountingClient(), CountingClient())
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(*workers, *servers))
        engine = await stack.enter_async_context(submitting(mesh, root / "editors"))
        editors = Editors(engine, SERVICES, editors=EDITORS, together=2)
        await editors.begin()
        for server, client in zip(servers, clients, strict=True):
            await server.ready()
            await stack.enter_async_context(connected(client, server.xds))
        crashes = Crashes(
            broker=broker,
            workers=workers,
            servers=servers,
            clients=clients,
            engine=engine,
            editors=editors,
            choice=random.Random(seed),
        )
        enough = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(editors.run(enough, _PAUSE))
            try:
                yield crashes
            finally:
                enough.set()
        await crashes.agree()
        mesh_now = dict(engine.state.mesh)
    digests = [_digests(folder) for folder in (root / "editors", *(node.data for node in (*workers, *servers)))]
    _judge(crashes, editors.account.lost(mesh_now), digests)


def _digests(folder: Path) -> dict[int, str]:
    """Return the digest of each revision that a process has in its replica."""
    log = SqliteLog(folder / "galley.db")
    try:
        return {revision.number: revision.digest for revision in log.history(_EVERYTHING)}
    finally:
        log.close()


def _judge(crashes: Crashes, lost: list[str], digests: list[dict[int, str]]) -> None:
    account = crashes.editors.account
    numbers = sorted(set().union(*digests))
    differing = [number for number in numbers if len({found[number] for found in digests if number in found}) > 1]
    compared = sum(1 for number in numbers if sum(number in found for found in digests) > 1)
    down = sorted(crashes.down)
    show(
        "Editors, while processes were killed",
        ("", "count"),
        [
            ("kills", len(down)),
            ("edits acknowledged", account.acknowledged),
            ("edits refused, which may or may not be there", account.refused),
            ("acknowledged and not there at once", len(account.broken)),
            ("acknowledged and lost in the end", len(lost)),
            ("revisions that several processes have", compared),
            ("revisions whose digests differ", len(differing)),
            ("streams of proxies that ended", sum(client.ended for client in crashes.clients)),
            ("resources sent to who had them", sum(client.again for client in crashes.clients)),
            ("refused by proxies", sum(client.nacks for client in crashes.clients)),
            ("seconds from a kill to the next edit, median", f"{down[len(down) // 2]:.1f}"),
            ("at most", f"{down[-1]:.1f}"),
        ],
    )
    assert not account.broken
    assert not lost
    assert not differing
    assert compared >= len(down)
    for client in crashes.clients:
        assert (client.ended, client.again, client.nacks) == (0, 0, 0)
