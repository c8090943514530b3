"""`Hints`: which paths to look at, and when. Pure: the time (in seconds, of a clock that never goes back) is passed in.

A change that comes alone is looked at after `QUIET`; where several paths change it is a burst, which is waited out
(`BURST` without an event) but no longer than `LONGEST`, so that what was written together is read together. A file that
somebody has open for writing is left alone until it is closed, but no longer than `PATIENCE`.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, NamedTuple

QUIET: Final = 0.002
BURST: Final = 0.020
LONGEST: Final = 0.250
PATIENCE: Final = 0.600
MOST_PATHS: Final = 200
"""With more paths than this, a walk through everything is cheaper than a look at each."""


class Event(Enum):
    """What happened to a path."""

    WRITING = auto()
    """It was opened for writing or written to, and is not closed yet."""
    WRITTEN = auto()
    """It was closed after writing, or moved here."""
    TOUCHED = auto()
    """Its permissions, owner or times changed."""
    GONE = auto()
    """It was deleted or moved away."""


class Taken(NamedTuple):
    """What to look at now: these paths, or everything."""

    paths: frozenset[str] = frozenset()
    everything: bool = False


class Hints:
    """Collects events, and says when to act on them."""

    def __init__(self) -> None:
        self._ready: dict[str, Event] = {}
        self._open: dict[str, tuple[float, float]] = {}
        """Files open for writing: when that was first heard of, and when last."""
        self._written: set[str] = set()
        """Those of them that were written to since they were looked at."""
        self._everything = False
        self._first = 0.0
        self._last = 0.0
        self._burst_began = float("-inf")
        self._burst_until = float("-inf")

    def note(self, path: str, event: Event, now: float) -> None:
        """Take note of an event."""
        if event is Event.WRITING:
            self._ready.pop(path, None)
            first = self._open[path][0] if path in self._open else now
            self._open[path] = (first, now)
            self._written.add(path)
        elif event is not Event.TOUCHED or path not in self._open:
            self._open.pop(path, None)
            self._written.discard(path)
            self._begin(now)
            self._ready[path] = event
            self._everything |= len(self._ready) > MOST_PATHS

    def note_everything(self, now: float) -> None:
        """Take note that anything may have changed."""
        self._begin(now)
        self._everything = True

    def is_open(self, path: str, now: float) -> bool:
        """Whether somebody is writing the file, and there is patience left."""
        return path in self._open and now < self._open[path][0] + PATIENCE

    def last_written(self, path: str) -> float | None:
        """Return when a file that is still open was last written to; None for one that is not open."""
        return self._open[path][1] if path in self._open else None

    @property
    def due(self) -> float | None:
        """When to act; None while there is nothing to act on."""
        times = [self._open[path][0] + PATIENCE for path in self._written]
        if self._ready or self._everything:
            wait = BURST if self._is_burst() else QUIET
            times.append(min(self._last + wait, self._first + LONGEST))
        return min(times, default=None)

    def take(self, now: float) -> Taken:
        """Return what to look at, and forget it."""
        if self._is_burst():
            if self._first >= self._burst_until:
                self._burst_began = now
            self._burst_until = now + BURST
        overdue = {path for path in self._written if now >= self._open[path][0] + PATIENCE}
        for path in overdue:
            self._open[path] = (now, self._open[path][1])
        self._written -= overdue
        taken = Taken(frozenset(self._ready.keys() | overdue), self._everything)
        self._ready = {}
        self._everything = False
        return taken

    def goes_on(self, now: float) -> bool:
        """Whether the burst that was taken last still goes on, so that what was found is better looked at again."""
        heard = (
            bool(self._ready) or self._everything or any(self._open[path][1] > now - BURST for path in self._written)
        )
        return heard and self._burst_began <= now < self._burst_began + LONGEST

    def _begin(self, now: float) -> None:
        if not self._ready and not self._everything:
            self._first = now
        self._last = now

    def _is_burst(self) -> bool:
        """Whether more than one file is being changed; what a rename leaves behind does not count."""
        if not self._ready and not self._everything:
            return False
        written = sum(event is not Event.GONE for event in self._ready.values())
        being_written = sum(self._open[path][1] >= self._first - BURST for path in self._written)
        return self._everything or written + being_written > 1 or self._first < self._burst_until
