"""One mesh of several sources: an engine over a log in a folder, and its sources followed as a server does."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from galley.app.policy import policy_for
from galley.app.supervise import follow
from galley.sources.scripted import ScriptedSource
from pipeline.engines.embedded import EmbeddedEngine, EmbeddedSettings
from pipeline.log.sqlite import SqliteLog
from pipeline.stages.precedence import Precedence
from pipeline.stages.report import concerns
from schemas.registry import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path

    from galley.sources.contract import Source
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.stages.state import State

PATIENCE = 20.0
KINDS = ("files", "git", "kubernetes", "consul")
ENTRY = """apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: %(name)s}
spec: {hosts: [%(name)s.example], ports: [{number: %(port)d, name: http, protocol: HTTP}], resolution: DNS}
"""


def entry(name: str, port: int = 80) -> str:
    """Return an object, and a value of it."""
    return ENTRY % {"name": name, "port": port}


def many(prefix: str, count: int) -> dict[str, str]:
    """Return so many files, with an object each."""
    return {f"{prefix}-{number}.yaml": entry(f"{prefix}-{number}") for number in range(count)}


def scripted(name: str, files: Mapping[str, str], location: str = "") -> ScriptedSource:
    """Return a source of a name, at a place: the place's own name unless it is said."""
    source = ScriptedSource(files, name=name)
    source.status.location = location or name
    return source


@dataclass(slots=True)
class Mesh:
    """A running engine and its sources."""

    engine: EmbeddedEngine
    sources: dict[str, Source]

    @property
    def state(self) -> State:
        """What the stages remember."""
        return self.engine.state

    def content(self) -> dict[str, str]:
        """Return what is published, as digests by name."""
        snapshot = self.engine.snapshot
        return {key.name: resource.digest for key, resource in snapshot.resources.items()} if snapshot else {}

    def concerns(self) -> tuple[Diagnostic, ...]:
        """Return what is wrong with the sources as a whole."""
        return concerns(self.state, self.engine.policy)

    async def until(self, true: Callable[[], bool]) -> None:
        """Return once something is true."""
        async with asyncio.timeout(PATIENCE):
            while not true():
                await asyncio.sleep(0.005)

    async def synced(self) -> None:
        """Return once every source that can has said everything, and a revision is there."""
        await self.until(
            lambda: (
                all(source.status.synced or source.status.errors for source in self.sources.values())
                and self.engine.snapshot is not None
            )
        )


@contextlib.asynccontextmanager
async def meshing(
    folder: Path,
    sources: Sequence[Source],
    *,
    precedence: Precedence | None = None,
    sync_timeout: float = 30.0,
) -> AsyncIterator[Mesh]:
    """Run an engine over the log in a folder, and follow the sources; run again there, it goes on."""
    names = tuple(source.name for source in sources)
    policy = replace(
        policy_for(DEFAULT_REGISTRY),
        precedence=precedence or Precedence(),
        awaited=names,
        places=tuple((source.name, source.status.location) for source in sources),
    )
    log = SqliteLog(folder / "galley.db")
    engine = EmbeddedEngine(log, policy, EmbeddedSettings(sync_timeout=sync_timeout, most_wait=0.001))
    try:
        await engine.open()
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(engine.run())
            await engine.accepting()
            work = [running, *(tasks.create_task(follow(source, engine, engine.submit)) for source in sources)]
            try:
                yield Mesh(engine, {source.name: source for source in sources})
            finally:
                for task in work:
                    task.cancel()
    finally:
        log.close()
