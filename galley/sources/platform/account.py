"""`Account`: what was found of one service, and how it differs from what was said before. Pure.

The rules of holding: what cannot be understood holds what it may be about, and deletes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from galley.documents.reading import Read, Reading
from galley.sources.contract import Words
from galley.sources.diff import Difference, difference
from galley.sources.platform.objects import objects_of
from pipeline.model import codes_registry as codes
from pipeline.model.change import Change, Deleted, Faulted, Upserted
from pipeline.model.codes import CATALOGUE
from pipeline.model.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from galley.sources.platform.objects import Home
    from galley.sources.platform.service import Service
    from pipeline.model.key import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The objects of a service, what is wrong with it, and whom that holds (None: whatever is missing)."""

    objects: tuple[Read, ...] = ()
    faults: tuple[Diagnostic, ...] = ()
    held: frozenset[Key] | None = frozenset()


def unreadable(home: Home, place: str, code: str, message: str, hint: str = "") -> Diagnostic:
    """Return what is wrong with a service, or an instance of it."""
    severity = CATALOGUE[code].severity
    return Diagnostic(code=code, severity=severity, message=message, origin=home.origin(place), hint=hint)


def unusable(home: Home, place: str, whose: str, why: object) -> Account:
    """Return the account of a service of which there came an answer that cannot be used; `whose` is the registry."""
    text = f"what {whose} says of {place} cannot be used: {why}"
    return Account(faults=(unreadable(home, place, codes.UNUSABLE_ANSWER, text),), held=None)


def reads_of(service: Service, home: Home, notes: Iterable[Diagnostic]) -> tuple[Read, ...]:
    """Return the objects of a service; what there is to say about it is said of the first."""
    first, *others = objects_of(service, home)
    return (Read(first, tuple(notes)), *(Read(other) for other in others))


def changes_of(home: Home, place: str, before: Words, found: Account | None) -> Difference:
    """Return what to say of a service (None: it is gone), and what will have been said of it then."""
    if found is None:
        return difference(home.source, place, before, None)
    if found.held is None and not found.objects:
        return difference(home.source, place, before, Reading(faults=found.faults, parsed=False))
    said = {read.resource.key: Upserted(resource=read.resource, diagnostics=read.diagnostics) for read in found.objects}
    missing = {key: words for key, words in before.said.items() if key not in said}
    kept = {key: words for key, words in missing.items() if found.held is None or key in found.held}
    held = tuple(sorted(kept)) if found.faults else None
    words = Words(said=said | kept, fault=found.faults, held=held)
    changes: list[Change] = [upsert for key, upsert in said.items() if before.said.get(key) != upsert]
    changes += _deleted(home, place, (key for key in missing if key not in kept))
    if (words.fault, words.held) != (before.fault, before.held):
        changes.append(Faulted(origin=home.origin(place), diagnostics=words.fault, held=words.held))
    return Difference(tuple(changes), words if words.said or words.fault else None)


def _deleted(home: Home, place: str, keys: Iterable[Key]) -> list[Deleted]:
    return [Deleted(key=key, origin=home.origin(place)) for key in keys]
