"""What is read from a topic of the pipeline, record by record. Pure data.

Offsets are those of the topic's one partition. An epoch is the number of the writer who wrote the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pipeline.model.digest import Digest
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.model.revision import Revision
    from pipeline.stages.rows import Row


class Topic(Enum):
    """The topics that a follower reads; their names in the broker have the mesh's prefix."""

    RESOURCES = "resources"
    REVISIONS = "revisions"
    STATE = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A resource as of the revision that last changed it; None: gone (then `digest` is empty)."""

    key: Key
    resource: Resource | None
    revision: int
    digest: Digest
    epoch: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRecord:
    """A revision; with None, that history no longer has it, or that it never was one."""

    number: int
    revision: Revision | None
    epoch: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRecord:
    """A row of the state, as bytes and as the record that they are; both None where the row is dropped.

    `swept`: not even that it was dropped is kept any longer.
    """

    row: Row
    record: object | None
    epoch: int
    offset: int
    swept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRecord:
    """A writer says that it writes from here on. `shift` is only in `revisions`: what its epochs are counted from."""

    topic: Topic
    epoch: int
    writer: str
    offset: int
    shift: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Poison:
    """A record that nobody can read, and why; `about` is what it would be about, where its key says so.

    `newer`: a newer version of Galley wrote it, and can read it.
    """

    topic: Topic
    offset: int
    reason: str
    about: Key | int | tuple[str, str] | None = None
    newer: bool = False


Record: TypeAlias = Body | RevisionRecord | RowRecord | ClaimRecord | Poison
"""All that a follower takes."""


def topic_of(record: Record) -> Topic:
    """Return the topic that a record is from."""
    match record:
        case Body():
            return Topic.RESOURCES
        case RevisionRecord():
            return Topic.REVISIONS
        case RowRecord():
            return Topic.STATE
        case ClaimRecord() | Poison():
            return record.topic
