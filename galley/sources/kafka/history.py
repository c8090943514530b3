"""`History`: what a topic says of each place from its beginning, of which the last word counts.

A word that is not good leaves the one before it in effect, as it was when it came; so a few are kept, for places of
which the log has nothing. News, which nobody was answered for yet, are all kept, and stand for what was before them:
the log may have them already, and what is older would undo them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from galley.sources.kafka.heard import Heard

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from galley.sources.kafka.heard import Understanding
    from galley.sources.kafka.record import Record

DEEP: Final = 4
"""Old words of a place that are kept: the last, and those before it that may still be in effect."""


class History:
    """Gathers records, and gives what is to be said at their end."""

    def __init__(self, understanding: Understanding, news: Mapping[int, int]) -> None:
        """Begin with nothing; `news` are the offsets, by partition, of the first record that is one."""
        self._understanding = understanding
        self._since = news
        self._old: dict[str, deque[Record | Heard]] = {}
        self._new: dict[str, list[Heard]] = {}

    def add(self, records: Iterable[Record]) -> None:
        """Take records, in their order."""
        for record in records:
            new = record.offset >= self._since[record.partition]
            if not new and record.key is not None:
                self._keep(self._understanding.place(record.key), record)
                continue
            heard = self._understanding.hear(record)
            for said in heard.said:
                one = replace(heard, said=(said,))
                if new:
                    self._new.setdefault(said[0], []).append(one)
                else:
                    self._keep(said[0], one)

    def in_effect(self, known: Container[str]) -> list[Heard]:
        """Return what is to be said of each place, in order: its news, else its last word; of unknown ones more."""
        found: list[Heard] = []
        for place in dict.fromkeys((*self._old, *self._new)):
            news = self._new.get(place, [])
            if not news or place not in known:
                found += self._last(self._old.get(place, deque()), alone=place in known)
            found += news
        return found

    def _keep(self, place: str, word: Record | Heard) -> None:
        self._old.setdefault(place, deque(maxlen=DEEP)).append(word)

    def _last(self, words: deque[Record | Heard], *, alone: bool) -> list[Heard]:
        """Return a place's last word; where it is bad, and not to be `alone`, the last good one before it."""
        found: list[Heard] = []
        for word in reversed(words):
            heard = word if isinstance(word, Heard) else self._understanding.hear(word)
            if not found or heard.accepted:
                found.append(heard)
            if heard.accepted or alone:
                break
        return found[::-1]
