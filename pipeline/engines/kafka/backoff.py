"""`Backoff`: how long to wait before the next try. Pure."""

from __future__ import annotations


class Backoff:
    """Doubles from `least` to `most` seconds, and starts again once something worked."""

    __slots__ = ("_least", "_most", "_next")

    def __init__(self, least: float, most: float) -> None:
        """Start with the least wait."""
        self._least = self._next = least
        self._most = most

    def wait(self) -> float:
        """Return the seconds to wait before the next try."""
        now, self._next = self._next, min(self._most, 2 * self._next)
        return now

    def worked(self) -> None:
        """Start again with the least wait."""
        self._next = self._least
