"""A reviewer over a mesh of documents, without a server around it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from galley.app.policy import policy_for
from galley.app.webhook.admission import decode
from galley.app.webhook.reviewer import Cluster, Judging, Reviewer
from galley.documents.read import read
from pipeline.engines.embedded import EmbeddedEngine
from pipeline.log.sqlite import SqliteLog
from pipeline.model.batch import Batch, Cause
from pipeline.model.change import Deleted, Synced, Upserted
from schemas.registry import DEFAULT_REGISTRY
from tests.app.webhook.apiserver import review

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from galley.app.webhook.reviewer import Verdict
    from pipeline.model.change import Change
    from pipeline.model.key import Key


class Judge:
    """An engine, and a reviewer over it."""

    def __init__(self, engine: EmbeddedEngine, cluster: Cluster, *, cross_object: bool) -> None:
        self.engine = engine
        self.cluster = cluster
        excluded = frozenset({"kube-system"})
        self.reviewer = Reviewer(
            engine, Judging(registry=DEFAULT_REGISTRY, excluded=excluded, cross_object=cross_object)
        )
        engine.attach(self.reviewer)

    async def say(self, documents: Iterable[dict[str, Any]], *, source: str = "files", gone: bool = False) -> None:
        """Have a source say documents, each from a place of its own; or that they are gone."""
        changes: list[Change] = []
        for number, tree in enumerate(documents):
            place = self.cluster.place(key_of(tree))[1] if source == self.cluster.source else f"{number}.json"
            for one in read(orjson.dumps(tree), source, place).resources:
                key, origin = one.resource.key, one.resource.origin
                changes.append(Deleted(key=key, origin=origin) if gone else Upserted(resource=one.resource))
        changes.append(Synced(source=source))
        await self.engine.submit(Batch(source=source, changes=tuple(changes), cause=Cause()))

    async def ask(
        self,
        new: dict[str, Any] | None,
        old: dict[str, Any] | None = None,
        operation: str = "",
        **more: Any,  # noqa: ANN401  JSON
    ) -> Verdict:
        """Return the verdict on an object."""
        body = orjson.dumps(review(new, old, operation, **more))
        return await self.reviewer.review(decode(body).request, len(body), self.cluster)


@contextlib.asynccontextmanager
async def judging(
    root: Path,
    documents: Iterable[dict[str, Any]] = (),
    *,
    cluster: Cluster | None = None,
    awaited: tuple[str, ...] = (),
    cross_object: bool = True,
) -> AsyncIterator[Judge]:
    """Run an engine over documents, and a reviewer over that."""
    log = SqliteLog(root / "log.db")
    engine = EmbeddedEngine(log, replace(policy_for(DEFAULT_REGISTRY), awaited=awaited))
    judge = Judge(engine, cluster or Cluster(), cross_object=cross_object)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(engine.run())
        if documents := tuple(documents):
            await judge.say(documents)
        yield judge
        running.cancel()
    judge.reviewer.close()
    log.close()


def key_of(tree: dict[str, Any]) -> Key:
    """Return the key of a document."""
    return read(orjson.dumps(tree), "any", "").resources[0].resource.key
