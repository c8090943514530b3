"""`Doubts`: what is not believed at first sight. Pure: the time (seconds) comes from outside.

A file that does not parse may be half written; objects that are missing may be on their way to another file, or cut off
while somebody copies. Such a finding is believed once it has stayed the same for a moment, and in any case before long.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container, Hashable

STILL_OPEN: Final = 3.0
"""Objects that are missing from a file which somebody has open are believed gone after so long without a write."""


LONGEST: Final = 1.0
"""What is beyond doubt waits no longer for what is not."""


class Doubt(Enum):
    """Why a finding is doubted: how long it must stay the same, and when it is believed anyway (seconds)."""

    FAULTY = (0.25, 0.65)
    """It does not parse, wholly or in part; it must be reported within a second."""
    FEWER = (0.05, 1.0)
    """Objects are missing."""


class _Pending(NamedTuple):
    finding: Hashable
    doubt: Doubt
    since: float
    believed_at: float


class Doubts:
    """The findings that wait to be believed, by path."""

    def __init__(self) -> None:
        self._pending: dict[str, _Pending] = {}
        self._kept = float("-inf")

    def believes(
        self, path: str, finding: Hashable, doubt: Doubt | None, now: float, written: float | None = None
    ) -> bool:
        """Whether to believe what was found at a path (a value that stays equal while it stays the same).

        `written` is when a file that is still open was last written to.
        """
        if doubt is None:
            self._pending.pop(path, None)
            return True
        grace, bound = doubt.value
        pending = self._pending.get(path)
        since = pending.since if pending is not None else now
        if pending is None or pending.finding != finding or pending.doubt is not doubt:
            pending = _Pending(finding, doubt, since, min(now + grace, since + bound))
        if written is not None and doubt is Doubt.FEWER:
            pending = pending._replace(believed_at=written + STILL_OPEN)
        self._pending[path] = pending
        return now >= pending.believed_at

    def keep(self, paths: Container[str], now: float) -> None:
        """Forget the findings of all other paths: they were acted on, or are gone."""
        self._kept = now
        self._pending = {path: pending for path, pending in self._pending.items() if path in paths}

    def are_old(self, now: float) -> bool:
        """Whether something has been in doubt for so long that nothing else should wait for it any longer."""
        return any(now >= pending.since + LONGEST for pending in self._pending.values())

    @property
    def due(self) -> float | None:
        """When to look again: the next time, since the findings were kept, that one of them can be judged otherwise."""
        times = [at for pending in self._pending.values() for at in (pending.believed_at, pending.since + LONGEST)]
        return min((at for at in times if at > self._kept), default=None)
