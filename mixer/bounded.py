"""A table of label sets with a limit. Pure state; time is an argument, in seconds of any clock that does not go back.

Beyond the limit a new label set is counted in the overflow set that stands for it. A set that nobody counted in for
`idle` seconds gives up its place when the place is wanted: it vanishes from the metrics, and is zero when it comes
back, which Prometheus takes for a restart. Looking for idle sets costs a pass over all, so it is done once in a while.
"""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from mixer.labels import Labels, overflow
from mixer.series import Series

S = TypeVar("S", bound=Series)

IDLE = 3600.0
_PASSES = 20  # an idle set keeps its place at most this part of `idle` too long


class Bounded(Generic[S]):
    """At most `limit` label sets, and the few overflow sets."""

    def __init__(self, make: Callable[[], S], limit: int, idle: float = IDLE) -> None:
        self._make = make
        self._limit = limit
        self._idle = idle
        self._sets: dict[Labels, S] = {}
        self._beyond: dict[Labels, S] = {}
        self._passed: float | None = None
        self.overflowed = 0

    def series(self, labels: Labels, now: float) -> S:
        """Where to count for these labels. What is given stays the right place only while it is `live`."""
        found = self._sets.get(labels)
        if found is None:
            if len(self._sets) >= self._limit and not self._made_room(now):
                return self._overflow(labels, now)
            found = self._sets[labels] = self._make()
        found.last = now
        return found

    def items(self) -> Iterator[tuple[Labels, S]]:
        """Every label set, the overflow sets last."""
        yield from list(self._sets.items())
        yield from list(self._beyond.items())

    def __len__(self) -> int:
        return len(self._sets)

    def _overflow(self, labels: Labels, now: float) -> S:
        self.overflowed += 1
        standing = overflow(labels)
        found = self._beyond.get(standing)
        if found is None:
            found = self._beyond[standing] = self._make()
            found.live = False  # whoever keeps it must ask again: there may be room for its labels by then
        found.last = now
        return found

    def _made_room(self, now: float) -> bool:
        if self._passed is not None and now < self._passed + self._idle / _PASSES:
            return False
        self._passed = now
        for labels, series in list(self._sets.items()):
            if series.last + self._idle <= now:
                series.live = False
                del self._sets[labels]
        return len(self._sets) < self._limit
