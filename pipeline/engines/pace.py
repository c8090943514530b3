"""`Pace`: how long an entry waits for more. Pure: the time is handed in.

Theory of operation. A bucket of tokens: each entry takes one, and they come back at a steady rate. While the bucket is
more than half full, nothing waits: a batch that comes alone is published at once. As a burst empties it, the wait grows
evenly, up to `most` where it is empty. But a wait in which nothing came was for nothing (whoever submits waits for the
receipt before the next batch), so the next one is half as long; one in which something came lets it double.
"""

from __future__ import annotations

from typing import Final

_CAPACITY: Final = 50.0
_RATE: Final = 50.0
_LEAST: Final = 0.001


class Pace:
    """Tells how many seconds to wait, given when entries were made and whether waiting was of use."""

    __slots__ = ("_at", "_limit", "_most", "_tokens")

    def __init__(self, most: float) -> None:
        """Start quiet; `most` is the longest wait in seconds."""
        self._most = most
        self._limit = min(_LEAST, most)
        self._tokens = _CAPACITY
        self._at = 0.0

    def wait(self, now: float) -> float:
        """Return how long the entry that could be made now should wait for more, in seconds."""
        self._refill(now)
        return min(self._limit, self._most * max(0.0, 1.0 - 2.0 * self._tokens / _CAPACITY))

    def made(self, now: float, *, waited: bool, gained: bool) -> None:
        """Note that an entry was made, whether it was waited with, and whether anything came meanwhile."""
        self._refill(now)
        self._tokens = max(0.0, self._tokens - 1.0)
        if waited:
            self._limit = min(self._most, 2.0 * self._limit) if gained else max(_LEAST, self._limit / 2.0)

    def _refill(self, now: float) -> None:
        self._tokens = min(_CAPACITY, self._tokens + _RATE * max(0.0, now - self._at))
        self._at = now
