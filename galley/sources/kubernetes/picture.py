"""`Picture`: what a cluster's objects are now, against what is known to have been said of them.

Every object is a place of its own. Events only change the picture; `changes` then gives what differs, all at once and
as it is by then. What was never seen since the start (a kind that we may not read, a cluster out of reach) is not
known to be gone, so it stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from galley.documents.reading import Read, Reading
from galley.sources.contract import Words
from galley.sources.diff import NOTHING, difference
from galley.sources.kubernetes.place import key_at
from pipeline.model.change import Upserted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from galley.sources.contract import Known
    from galley.sources.diff import Found
    from galley.sources.kubernetes.projection import Live, Projected, Said
    from pipeline.model.change import Change


class Scope(NamedTuple):
    """What one list has all of: a kind, as keys name it, everywhere or in one namespace."""

    kind: str
    namespace: str = ""


class Picture:
    """The objects of one cluster."""

    def __init__(self, source: str, known: Known) -> None:
        """Begin with what is known to have been said."""
        self._source = source
        self._said: dict[str, Words] = dict(known)
        self._now: dict[str, Said] = {}
        self._live: dict[str, Live] = {}
        self._objects = sum(len(words.said) for words in self._said.values())
        self._by_scope: dict[Scope, set[str]] = {}
        self._changed: set[str] = set()
        for place in self._said:
            key = key_at(place)
            for scope in (Scope(key.kind), Scope(key.kind, key.namespace)):
                self._by_scope.setdefault(scope, set()).add(place)

    @property
    def is_changed(self) -> bool:
        """Whether something may differ from what was said."""
        return bool(self._changed)

    @property
    def objects(self) -> int:
        """How many objects were said."""
        return self._objects

    @property
    def places(self) -> Collection[str]:
        """Where the objects are."""
        return self._now.keys()

    def now(self, place: str) -> Said:
        """Return what is to be said of an object as it is now, said or not yet."""
        return self._now.get(place)

    def live(self, place: str) -> Live | None:
        """Return how an object is in the cluster; None for kinds whose status is not ours, and for what is gone."""
        return self._live.get(place)

    def put(self, scope: Scope, projected: Projected) -> None:
        """Take an object as it is now."""
        place, said, live = projected
        if said is None:
            self.remove(scope, place)
            return
        if live is not None:
            self._live[place] = live
        self._now[place] = said
        self._by_scope.setdefault(scope, set()).add(place)
        self._changed.add(place)

    def remove(self, scope: Scope, place: str) -> None:
        """Take note that an object is gone, or not for us."""
        self._drop(place)
        self._by_scope.get(scope, set()).discard(place)
        self._changed.add(place)

    def replace(self, scope: Scope, listed: Collection[Projected]) -> None:
        """Take all objects of a scope: what is not among them is gone."""
        before = self._by_scope.get(scope, set())
        found: Mapping[str, Said] = {one.place: one.said for one in listed if one.said is not None}
        for place in before - found.keys():
            self._drop(place)
        self._now |= found
        self._live |= {one.place: one.live for one in listed if one.live is not None}
        self._changed |= before | found.keys()
        self._by_scope[scope] = set(found)

    def forget_others(self, scopes: Iterable[Scope]) -> None:
        """Take note that what is in none of these scopes is not read any more."""
        kept = set(scopes)
        for place in self._said:
            key = key_at(place)
            if Scope(key.kind) not in kept and Scope(key.kind, key.namespace) not in kept:
                self._drop(place)
                self._changed.add(place)

    def changes(self) -> tuple[list[Change], dict[str, Words | None]]:
        """Return what is to be said, and the words of its places after that; `said` takes these once it was heard."""
        changed, self._changed = self._changed, set()
        changes: list[Change] = []
        words: dict[str, Words | None] = {}
        for place in sorted(changed):
            before = self._said.get(place, NOTHING)
            found = difference(self._source, place, before, _found(before, self._now.get(place)))
            if found.changes:
                changes += found.changes
                words[place] = found.words
        return changes, words

    def said(self, words: Mapping[str, Words | None]) -> None:
        """Take note that this was heard."""
        for place, one in words.items():
            self._objects += len((one or NOTHING).said) - len(self._said.get(place, NOTHING).said)
            if one is None:
                self._said.pop(place, None)
            else:
                self._said[place] = one

    def _drop(self, place: str) -> None:
        self._now.pop(place, None)
        self._live.pop(place, None)


def _found(before: Words, now: Said) -> Found:
    """Return what is at a place; where it says what it said, with the origin that it had then."""
    if not isinstance(now, Upserted):
        return now
    resource = now.resource
    old = before.said.get(resource.key)
    if old is not None and old.resource.digest == resource.digest:
        resource = old.resource
    return Reading(resources=(Read(resource, now.diagnostics),), documents=1)
