"""`Telling`: what was heard, against what was said: the changes to say. Pure."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from galley.documents.reading import Reading
from galley.sources.diff import NOTHING, Difference, difference
from galley.sources.kafka.stamp import stamped, unstamped
from pipeline.model.change import Faulted, Upserted
from pipeline.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from galley.sources.contract import Known, Words
    from galley.sources.diff import Found
    from galley.sources.kafka.heard import Heard
    from pipeline.model.change import Change

MOST_CAUSES: Final = 16
"""Batches that what came together is divided into, at most, so that each has its producer's trace and author."""


class Proposal(NamedTuple):
    """What to say, and the words of each place after it (None: nothing more)."""

    changes: tuple[Change, ...]
    words: Mapping[str, Words | None]


class Telling:
    """What one source has said. Where others speak in its name too, it says again what it believes to be said."""

    def __init__(self, source: str, known: Known, recall: Callable[[], Known] | None = None) -> None:
        """Begin with what is known to have been said; `recall` gives that anew, where others speak too."""
        self._source = source
        self._recall = recall
        self._words: dict[str, Words] = unstamped(known)

    @property
    def objects(self) -> int:
        """How many objects it has."""
        return sum(len(words.said) for words in self._words.values())

    @property
    def places(self) -> frozenset[str]:
        """The places of which it has said something."""
        return frozenset(self._words)

    def refresh(self) -> None:
        """Take what others may have said in its name meanwhile."""
        if self._recall is not None:
            self._words = unstamped(self._recall())

    def propose(self, heard: Sequence[Heard]) -> Proposal:
        """Return what to say of records that came one after the other."""
        changes: list[Change] = []
        words: dict[str, Words | None] = {}
        for one in heard:
            for place, found in one.said:
                before = words.get(place) if place in words else self._words.get(place)
                new = difference(self._source, place, before or NOTHING, found)
                news = _restated(self._source, place, found, new) if self._recall else new.changes
                changes += (stamped(change, one.record.version, one.author) for change in news)
                words[place] = new.words
        return Proposal(tuple(changes), words)

    def gone(self, places: Sequence[str]) -> Proposal:
        """Return what to say of places that are no more."""
        new = {place: difference(self._source, place, self._words.get(place, NOTHING), None) for place in places}
        return Proposal(tuple(change for one in new.values() for change in one.changes), dict.fromkeys(new))

    def said(self, proposal: Proposal) -> None:
        """Remember that it was said."""
        for place, words in proposal.words.items():
            if words is None:
                self._words.pop(place, None)
            else:
                self._words[place] = words


def by_cause(heard: Sequence[Heard]) -> Iterator[list[Heard]]:
    """Give runs of records of one trace and author; all as one where those would be many."""
    runs = [list(run) for _, run in groupby(heard, key=lambda one: (one.trace, one.author))]
    yield from runs if len(runs) <= MOST_CAUSES else [list(heard)]


def _restated(source: str, place: str, found: Found, new: Difference) -> Iterator[Change]:
    """Give a difference's changes, and what is as it was believed to be: whoever believes may be behind."""
    yield from new.changes
    if isinstance(found, Reading) and found.parsed:
        told = {change.resource.key for change in new.changes if isinstance(change, Upserted)}
        for one in found.resources:
            if one.resource.key not in told:
                yield Upserted(resource=one.resource, diagnostics=one.diagnostics)
    if not any(isinstance(change, Faulted) for change in new.changes):
        fault = new.words.fault if new.words else ()
        held = new.words.held if new.words else None
        yield Faulted(origin=Origin(source=source, file=place), diagnostics=fault, held=held)
