"""What the source of the crash suite says, batch by batch, and what must be served after each. Pure.

Every batch moves the object `counter` on, so that a recovered state tells how many batches it has seen; the others
come, go, change, and are sometimes bad. All is a function of the batch's number.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import orjson

from pipeline.model.batch import Entry
from pipeline.model.change import Faulted
from pipeline.model.diagnostic import Diagnostic, Severity
from pipeline.stages.state import State
from pipeline.stages.step import step
from tests.pipeline.builders import batch, delete, key, origin, policy, synced, upsert

if TYPE_CHECKING:
    from pipeline.model.batch import Batch
    from pipeline.model.change import Change
    from pipeline.model.digest import Digest
    from pipeline.model.revision import Revision

LENGTH = 60
"""How many batches there are."""

RULES = policy(guard_count=1_000, awaited=("files",))

_NAMES = ("a", "b", "c", "d", "e", "f", "g")


def said(number: int) -> Batch:
    """Return the batch of a number, from 1 to `LENGTH`."""
    name = _NAMES[number % len(_NAMES)]
    changes: list[Change] = [upsert("counter", number)]
    if number % 11 == 5:
        changes.append(delete(name))
    elif number % 5 == 3:
        changes.append(upsert(name, "bad"))
    else:
        changes.append(upsert(name, f"{number} {'x' * (number % 9 * 700)}"))
    if number % 13 == 7:
        at = origin("broken.yaml")
        found = Diagnostic(code="GLY0001", severity=Severity.ERROR, message=str(number), origin=at)
        changes.append(Faulted(origin=at, diagnostics=(found,)))
    if number == 1:
        changes.append(synced())
    return batch(*changes, at=float(number), whole=number % 4 == 0)


@cache
def expected() -> tuple[Digest | None, ...]:
    """Return the mesh's digest after each number of batches, from 0 to `LENGTH`; None where there is no mesh yet."""
    state = State()
    digests: list[Digest | None] = [None]
    for number in range(1, LENGTH + 1):
        step(state, Entry(sequence=number, batches=(said(number),)), RULES)
        digests.append(digest_of(state.revision))
    return tuple(digests)


def digest_of(revision: Revision | None) -> Digest | None:
    """Return a revision's digest, None for None."""
    return revision.digest if revision else None


def seen(state: State) -> int:
    """Return how many batches a state has seen."""
    claims = state.claims.get(key("counter"), {})
    return max((int(orjson.loads(claim.resource.spec)["value"]) for claim in claims.values()), default=0)
