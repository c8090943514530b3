"""What a writer sends, as bytes, in order. Pure.

For an entry: the bodies of what changed or moved, and their acknowledgements awaited; then the revision, and its own;
the rows of the state; the progress. The revision is the commit point: before it, a replay makes the same revision
again, after it none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from pipeline.model.batch import Entry
from pipeline.model.codec import Encoder, encode
from pipeline.stages.rows import Row
from pipeline.topics.key_text import key_text
from pipeline.topics.progress import PROGRESS, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.model.batch import Batch
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.model.revision import Revision
    from pipeline.stages.state import State
    from pipeline.stages.step import Step

WRITER: Final = b"writer"
"""The key of the claims."""


class Outgoing(NamedTuple):
    """One record to send: key, value (None: a tombstone) and headers."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What is to be sent, in this order, each part after the one before is acknowledged: then the progress."""

    bodies: tuple[Outgoing, ...] = ()
    revisions: tuple[Outgoing, ...] = ()
    rows: tuple[Outgoing, ...] = field(default=())


def entry_record(batches: tuple[Batch, ...]) -> Outgoing:
    """Return the log's record of an entry; its sequence is given by where it comes to lie."""
    return Outgoing(None, encode(Entry(sequence=0, batches=batches)))


def sending(state: State, step: Step, epoch: int) -> Sending:
    """Return what a writer sends for a step that has just been made on the state."""
    revision = step.revision
    number = revision.number if revision is not None else 0
    touched = {**step.moved, **step.changed}
    return Sending(
        bodies=tuple(
            body_record(key, state.mesh.get(key), state.since.get(key, number), epoch, step.encoder) for key in touched
        ),
        revisions=() if revision is None else (revision_record(revision, epoch, step.encoder),),
        rows=tuple(row_record(row, epoch) for row in step.rows if row.table != "mesh"),
    )


def body_record(
    key: Key, resource: Resource | None, revision: int, epoch: int, encoder: Encoder | None = None
) -> Outgoing:
    """Return the record of a resource as of the revision that last changed it; None: it is gone."""
    headers = (
        ("revision", str(revision).encode()),
        ("digest", resource.digest.encode() if resource else b""),
        ("epoch", str(epoch).encode()),
    )
    value = (encoder or Encoder()).encode(resource) if resource is not None else None
    return Outgoing(key_text(key).encode(), value, headers)


def revision_record(revision: Revision, epoch: int, encoder: Encoder | None = None) -> Outgoing:
    """Return the record of a revision."""
    value = (encoder or Encoder()).encode(revision)
    return Outgoing(str(revision.number).encode(), value, (("epoch", str(epoch).encode()),))


def forget_revision(number: int, epoch: int) -> Outgoing:
    """Return the record that takes a revision out of history."""
    return Outgoing(str(number).encode(), None, (("epoch", str(epoch).encode()),))


def row_record(row: Row, epoch: int) -> Outgoing:
    """Return the record of a row; one that is dropped still says who dropped it (see `sweep`)."""
    value = orjson.Fragment(row.value) if row.value is not None else None
    return Outgoing(orjson.dumps((row.table, row.key)), orjson.dumps({"e": epoch, "v": value}))


def sweep(rows: Iterable[tuple[str, str]], epoch: int) -> tuple[Outgoing, ...]:
    """Return the tombstones of rows that were dropped long ago, so that the topic forgets them."""
    return tuple(Outgoing(orjson.dumps(row), None, (("epoch", str(epoch).encode()),)) for row in rows)


def progress_record(progress: Progress, epoch: int) -> Outgoing:
    """Return the last record of an entry."""
    return row_record(Row(*PROGRESS, encode(progress)), epoch)


def claim_in_revisions(writer: str, shift: int) -> Outgoing:
    """Return the claim that comes first; its epoch is `epoch_of` its offset."""
    return Outgoing(WRITER, orjson.dumps({"writer": writer, "shift": shift}))


def claim(writer: str, epoch: int) -> Outgoing:
    """Return the claim for `resources` and `state`."""
    return Outgoing(WRITER, orjson.dumps({"writer": writer, "epoch": epoch}))


def epoch_of(offset: int, shift: int) -> int:
    """Return the epoch of a claim by where it lies in `revisions`."""
    return shift + offset + 1
