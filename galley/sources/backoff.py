"""`Backoff`: how long to wait before a world that was out of reach is tried again, and `jittered`.

The pauses double up to a bound, and each is drawn from its upper half, so that many who lost the same server do not
come back together.
"""

from __future__ import annotations

import random
from typing import Final

SOONEST: Final = 0.2
"""Seconds before the first new attempt, at most."""

LATEST: Final = 30.0
"""Seconds between two attempts, at most."""


class Backoff:
    """The pauses of one connection; `reset` when it works again."""

    def __init__(self, soonest: float = SOONEST, latest: float = LATEST) -> None:
        """Take the bounds, in seconds."""
        self._soonest = soonest
        self._latest = latest
        self._next = soonest

    def reset(self) -> None:
        """Begin with the shortest pause again."""
        self._next = self._soonest

    def pause(self, asked: float = 0.0) -> float:
        """Return the seconds to wait now; not less than what the server asked for (`Retry-After`), within the bound."""
        drawn = self._next * random.uniform(0.5, 1.0)  # noqa: S311  spreads attempts; keeps no secret
        self._next = min(self._latest, 2 * self._next)
        return max(drawn, min(asked, self._latest))


def jittered(interval: float) -> float:
    """Return an interval, in seconds, changed by a tenth at most, so that pollers do not fall into step."""
    return interval * random.uniform(0.9, 1.1)  # noqa: S311  spreads polls; keeps no secret
