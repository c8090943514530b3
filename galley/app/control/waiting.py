"""What `galley wait` waits for, and how far it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from galley.app.api.answers import Waited
from galley.app.control.refused import Refused
from galley.app.control.status import live, refusals
from pipeline.model.key import Key

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.engines.embedded import EmbeddedEngine
    from proxy.xds.ledger import Ledger

_PAGE = 1_000


async def target(
    engine: EmbeddedEngine, revision: int | None, commit: str | None, object_: tuple[str, str] | None
) -> int:
    """Return the revision that is meant: by number, by commit, or the last that changed an object."""
    if revision is not None:
        return revision
    if commit:
        for found in await asyncio.to_thread(engine.log.history, _PAGE):
            if found.cause.commit.startswith(commit):
                return found.number
        raise Refused(404, f"no revision of commit {commit}", "`galley log` lists revisions and their commits")
    if object_ is not None:
        return await _of_object(engine, *object_)
    raise Refused(422, "say what to wait for: a revision, a commit, or an object")


def waited(ledger: Ledger | None, revision: int, newest: int, blame: Callable[[str, str, str], list[str]]) -> Waited:
    """Return how far a revision is; done where it is published and live on every connected proxy."""
    count = live(ledger, revision)
    done = revision <= newest and count.applied == count.of
    refused = refusals(ledger.live(revision).refused, blame) if ledger and count.refused else []
    if revision > newest:
        text = f"revision {revision} is not there yet; the newest is {newest}"
    elif done and not count.of:
        text = f"revision {revision} is published; no proxy is connected"
    else:
        text = f"live on {count.applied} of {count.of} proxies"
    return Waited(revision=revision, live=count, done=done, refused=refused, message=text)


async def _of_object(engine: EmbeddedEngine, kind: str, name: str) -> int:
    namespace, slash, rest = name.partition("/")
    key = Key(kind, namespace, rest) if slash else Key(kind, "default", name)
    if key in engine.state.since:
        return engine.state.since[key]
    for found in await asyncio.to_thread(engine.log.history, 1, None, key):
        return found.number
    raise Refused(404, f"no revision has changed {key}", "is it valid? `galley status` says what is held")
