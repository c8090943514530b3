"""`Pace`: how long an entry waits for more. Pure: the time is handed in.

Theory of operation. A bucket of tokens: each entry takes one, and they come back at a steady rate. While the bucket is
more than half full, nothing waits: a batch that comes alone is published at once. As a burst empties it, the wait grows
evenly, up to `most` where it is empty; so a burst settles at about as many entries a second as tokens come back. A wait
gathers what others submit meanwhile; and a source, which waits for its receipt, gathers what changes at its own end.
"""

from __future__ import annotations

from typing import Final

_CAPACITY: Final = 20.0
_RATE: Final = 20.0


class Pace:
    """Tells how many seconds to wait, given when entries were made."""

    __slots__ = ("_at", "_most", "_tokens")

    def __init__(self, most: float) -> None:
        """Start quiet; `most` is the longest wait in seconds."""
        self._most = most
        self._tokens = _CAPACITY
        self._at = 0.0

    def wait(self, now: float) -> float:
        """Return how long the entry that could be made now should wait for more, in seconds."""
        self._refill(now)
        return self._most * max(0.0, 1.0 - 2.0 * self._tokens / _CAPACITY)

    def made(self, now: float) -> None:
        """Note that an entry was made."""
        self._refill(now)
        self._tokens = max(0.0, self._tokens - 1.0)

    def _refill(self, now: float) -> None:
        self._tokens = min(_CAPACITY, self._tokens + _RATE * max(0.0, now - self._at))
        self._at = now
