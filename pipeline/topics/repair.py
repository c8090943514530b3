"""What a writer writes anew, where the last record about something is not what counts. Pure.

It is said by the writer's own state, between two entries: what it has on its way then comes before, and says no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.model.batch import Cause
from pipeline.model.codec import Encoder
from pipeline.model.revision import Revision
from pipeline.stages.rows import Row, row_of, rows_of
from pipeline.topics.outgoing import Sending, body_record, forget_revision, revision_record, row_record
from pipeline.topics.progress import PROGRESS

MARGIN: Final = 1_000
"""How many revisions others may have seen that this writer has not, of topics that lost something."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.model.key import Key
    from pipeline.stages.state import State
    from pipeline.topics.follower import Repairs
    from pipeline.topics.outgoing import Outgoing


def repairing(repairs: Repairs, state: State, epoch: int, history: Callable[[int], Revision | None]) -> Sending:
    """Return what mends the topics; the progress is to be sent after it, also where there are no rows.

    `history` gives a revision by its number (a replica's `revision`).
    """
    return Sending(
        bodies=bodies(state, repairs.bodies, epoch),
        revisions=tuple(_revision(number, state, epoch, history) for number in sorted(repairs.revisions)),
        rows=tuple(row_record(row_of(state, *row), epoch) for row in repairs.rows if row != PROGRESS),
    )


def bodies(state: State, keys: Iterable[Key], epoch: int) -> tuple[Outgoing, ...]:
    """Return the records of objects as the state serves them."""
    number = state.revision.number if state.revision is not None else 0
    encoder = Encoder()
    return tuple(body_record(key, state.mesh.get(key), state.since.get(key, number), epoch, encoder) for key in keys)


def everything(state: State, epoch: int, *, gone: Iterable[Key] = (), dropped: Iterable[Row] = ()) -> Sending:
    """Return all that the topics should have of a state, for topics that lost something.

    `gone` are objects, `dropped` rows that the topics may have and the state has not.
    """
    absent = [Row(row.table, row.key, None) for row in dropped]
    return Sending(
        bodies=bodies(state, (*state.mesh, *(key for key in gone if key not in state.mesh)), epoch),
        revisions=(revision_record(state.revision, epoch),) if state.revision is not None else (),
        rows=tuple(row_record(row, epoch) for row in (*absent, *rows_of(state)) if row.table != "mesh"),
    )


def begin_above(state: State, newest: int) -> bool:
    """Give the state's revision a number above all that anybody may have seen of the topics, and all objects with it.

    For a writer whose topics lost what it would go on from: `everything` then moves every reader, whatever it has.
    Return whether there is something to write; where there was no revision, the number is only what the next one
    follows.
    """
    before = state.revision
    number = max(newest, before.number if before is not None else 0) + MARGIN
    state.revision = Revision(
        number=number,
        digest=state.digests.digest(),
        parent=before.number if before is not None else number - 1,
        entry=state.sequence,
        source=before.source if before is not None else "",
        cause=before.cause if before is not None else Cause(reason="the topics lost what was served"),
        changed={key: resource.digest for key, resource in state.mesh.items()},
    )
    state.since = dict.fromkeys(state.mesh, number)
    return before is not None


def _revision(number: int, state: State, epoch: int, history: Callable[[int], Revision | None]) -> Outgoing:
    current = state.revision
    if current is None or number > current.number:
        return forget_revision(number, epoch)
    revision = current if number == current.number else history(number)
    return revision_record(revision, epoch) if revision is not None else forget_revision(number, epoch)
