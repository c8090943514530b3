"""What every log keeps, and what it promises. Types only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pipeline.model.codec import Encoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.model.batch import Entry
    from pipeline.model.digest import Digest
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.model.revision import Revision
    from pipeline.stages.rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """All that one step makes durable, at once or not at all.

    `bodies` are the resources whose digests `revision.changed` names; `encoder` is the step's, which knows them
    already.
    """

    entry: Entry
    revision: Revision | None
    bodies: tuple[Resource, ...]
    rows: tuple[Row, ...]
    encoder: Encoder = field(default_factory=Encoder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What a log holds when it is opened: the last entry's sequence (0: none), the last revision, the state's rows."""

    sequence: int
    revision: Revision | None
    tables: Mapping[str, Mapping[str, bytes]]


class LogUnusable(Exception):
    """The log cannot be used: full, read-only, corrupt, of a newer format, or held by another process.

    The message says which, where, and what to do. Nothing was written; what was acknowledged before is intact.
    """


class ChangeUnanswered(LogUnusable):
    """A change was handed over, and nobody has said what became of it: it may still take effect, later."""


class Log(Protocol):
    """An ordered, durable store of entries and revisions, with one writer. Calls are synchronous, from any thread.

    Every method but `close` may raise `LogUnusable`.
    """

    def recover(self) -> Recovered:
        """Return what is there."""
        ...

    def commit(self, commit: Commit) -> None:
        """Make a step durable (synced to disk) before returning, or leave nothing of it."""
        ...

    def probe(self) -> None:
        """Write and sync something of no meaning: return if a commit could be made now."""
        ...

    def revision(self, number: int) -> Revision | None:
        """Return a revision, or None where history does not (or no longer) have it."""
        ...

    def history(self, limit: int, before: int | None = None, key: Key | None = None) -> tuple[Revision, ...]:
        """Return at most `limit` revisions, newest first, older than `before`; with `key`, those that changed it."""
        ...

    def entries(self, after: int, limit: int) -> tuple[Entry, ...]:
        """Return at most `limit` entries after a sequence, oldest first, of those that are still kept."""
        ...

    def content(self, number: int) -> dict[Key, Digest] | None:
        """Return the whole mesh at a revision as content digests, or None where history no longer has it."""
        ...

    def body(self, digest: Digest) -> Resource | None:
        """Return a resource by its content digest; its origin is where it was first written."""
        ...

    def compact(self, keep: int) -> bool:
        """Forget a bounded part of what is older than the newest `keep` revisions; return whether there is more to do.

        The newest `keep` entries stay, and those that made a kept revision.
        """
        ...

    def close(self) -> None:
        """Release the store; afterwards nothing may be asked of it."""
        ...
