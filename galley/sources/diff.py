"""What a place says now against what it is known to have said: the changes, and its words after them. Pure.

The rules of holding: a file that does not parse says nothing at all; where it is unknown which object a document is,
the objects that are missing may be that one, so they stay; a file that is gone says so of everything it had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from galley.documents.reading import Reading
from galley.sources.contract import Words
from pipeline.model.change import Change, Deleted, Faulted, Upserted
from pipeline.model.codes import CATALOGUE
from pipeline.model.diagnostic import Diagnostic
from pipeline.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.model.key import Key

Found: TypeAlias = "Reading | Diagnostic | None"
"""What is at a place: what it says, why it cannot be read, or None where it is gone."""

ROOT: Final = "."
"""The place of what is wrong with a directory as a whole."""

NOTHING = Words()
"""The words of a place that never said anything."""


class Difference(NamedTuple):
    """The changes, and what the place has said after them; None where it has nothing more to say."""

    changes: tuple[Change, ...]
    words: Words | None

    @property
    def removes(self) -> bool:
        """Whether an object goes."""
        return any(isinstance(change, Deleted) for change in self.changes)

    @property
    def faults(self) -> bool:
        """Whether a fault is new or another one than before."""
        return any(isinstance(change, Faulted) and change.diagnostics for change in self.changes)


def difference(source: str, file: str, before: Words, found: Found) -> Difference:
    """Return what to say of a place."""
    match found:
        case None:
            changes: tuple[Change, ...] = (*_deleted(source, file, before.said), *_fault(source, file, before, NOTHING))
            return Difference(changes, None)
        case Diagnostic():
            return _held(source, file, before, (found,))
        case Reading():
            if not found.parsed:
                return _held(source, file, before, found.faults)
            return _read(source, file, before, found)


def unreadable(source: str, file: str, code: str, message: str) -> Diagnostic:
    """Return the diagnostic of a whole file or directory."""
    return Diagnostic(
        code=code,
        severity=CATALOGUE[code].severity,
        message=f"{'the directory' if file == ROOT else file} {message}",
        origin=Origin(source=source, file=file),
    )


def _held(source: str, file: str, before: Words, fault: tuple[Diagnostic, ...]) -> Difference:
    words = Words(said=before.said, fault=fault)
    return Difference(_fault(source, file, before, words), words)


def _read(source: str, file: str, before: Words, found: Reading) -> Difference:
    said = {
        read.resource.key: Upserted(resource=read.resource, diagnostics=read.diagnostics) for read in found.resources
    }
    upserts = tuple(upsert for key, upsert in said.items() if before.said.get(key) != upsert)
    missing = {key: words for key, words in before.said.items() if key not in said}
    words = Words(said=said)
    if found.faults:
        words = Words(said=said | missing, fault=found.faults, held=tuple(sorted(missing)))
        missing = {}
    changes: tuple[Change, ...] = (
        *upserts,
        *_deleted(source, file, missing),
        *_fault(source, file, before, words),
    )
    return Difference(changes, words if words.said or words.fault else None)


def _deleted(source: str, file: str, keys: Iterable[Key]) -> tuple[Deleted, ...]:
    return tuple(Deleted(key=key, origin=Origin(source=source, file=file)) for key in keys)


def _fault(source: str, file: str, before: Words, words: Words) -> tuple[Faulted, ...]:
    fault = words.fault
    if (fault, words.held) == (before.fault, before.held):
        return ()
    first = min(fault, key=lambda one: one.order) if fault else None
    line, column = (first.origin.line, first.origin.column) if first else (1, 1)
    origin = Origin(source=source, file=file, line=line, column=column)
    return (Faulted(origin=origin, diagnostics=fault, held=words.held),)
