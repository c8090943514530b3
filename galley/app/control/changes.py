"""The changes that people make through the administration: rollback, release, confirm."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeAlias

from galley.app.api.answers import Changed
from galley.app.control.history import content_or_refuse
from galley.app.control.refused import Refused
from pipeline.log.contract import ChangeUnanswered, LogUnusable
from pipeline.model.batch import Batch, Cause
from pipeline.stages import rollback as rules

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from pipeline.engines.contract import Engine, Receipt
    from pipeline.log.contract import Log
    from pipeline.model.change import Change
    from pipeline.model.digest import Digest
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource

    Submit: TypeAlias = Callable[[Batch], Awaitable[Receipt]]

_OPERATOR = "operator"


async def rollback(engine: Engine, submit: Submit, revision: int) -> Changed:
    """Make a revision with the content of an older one, each restored object pinned."""
    content = await asyncio.to_thread(content_or_refuse, engine.log, revision)
    known: dict[Key, Resource | None] = {}  # the mesh may change while they are read
    while unknown := [key for key in rules.differing(engine.state, content) if key not in known]:
        known |= await asyncio.to_thread(_bodies, engine.log, revision, {key: content.get(key) for key in unknown})
    restored = {key: known[key] for key in rules.differing(engine.state, content)}
    if not restored:
        return Changed(revision=_newest(engine), message=f"nothing to do: the mesh is as it was at revision {revision}")
    changes = rules.rollback(engine.state, engine.policy, revision, restored)
    number = await _submit(submit, changes, f"rollback to revision {revision}")
    return Changed(
        revision=number,
        message=f"revision {number} is revision {revision} again: {_objects(len(restored))} restored and pinned",
    )


def _bodies(log: Log, revision: int, wanted: Mapping[Key, Digest | None]) -> dict[Key, Resource | None]:
    """Read what objects were; refuse where history has forgotten one."""
    found: dict[Key, Resource | None] = {}
    for key, digest in wanted.items():
        found[key] = log.body(digest) if digest else None
        if digest and found[key] is None:
            raise Refused(410, f"history no longer has {key} as it was at revision {revision}")
    return found


async def release(engine: Engine, submit: Submit, revision: int) -> Changed:
    """Lift the pins of the rollback to a revision."""
    changes = rules.release(engine.state, revision)
    if not changes:
        raise Refused(404, f"nothing is pinned by a rollback to revision {revision}", "`galley status` lists the pins")
    number = await _submit(submit, changes, f"release of the rollback to revision {revision}")
    return Changed(revision=number, message=f"revision {number}: {_objects(len(changes))} released")


async def confirm(engine: Engine, submit: Submit, revision: int) -> Changed:
    """Let the held revision through."""
    changes = rules.confirm(engine.state, revision)
    if not changes:
        raise Refused(404, f"no revision {revision} is held", "`galley status` says what the shrink guard holds")
    number = await _submit(submit, changes, f"confirmation of revision {revision}")
    return Changed(revision=number, message=f"revision {number} is published")


async def _submit(submit: Submit, changes: tuple[Change, ...], reason: str) -> int:
    cause = Cause(at=time.time(), author=_OPERATOR, reason=reason)
    try:
        receipt = await submit(Batch(source=_OPERATOR, changes=changes, cause=cause, whole=True))
    except ChangeUnanswered as error:
        raise Refused(503, str(error), "it may still take effect: see `galley log` before you try again") from error
    except LogUnusable as error:
        raise Refused(503, str(error), "nothing was changed: try again once that is mended") from error
    return receipt.revision


def _newest(engine: Engine) -> int:
    return engine.snapshot.revision.number if engine.snapshot else 0


def _objects(count: int) -> str:
    return "1 object" if count == 1 else f"{count} objects"
