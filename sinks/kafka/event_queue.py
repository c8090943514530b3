"""`EventQueue`: events on their way to the brokers, within bounds: while these are away, the oldest go. Pure."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Final

MOST: Final = 10_000
"""Events that wait."""

MOST_BYTES: Final = 32 << 20
"""Bytes that they have."""


class EventQueue:
    """First in, first out; an event leaves it once it is acknowledged, so that what fails is sent again."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        """Start empty."""
        self._most = most
        self._most_bytes = most_bytes
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._first = 0
        self.dropped = 0

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    def add(self, body: bytes) -> None:
        """Take an event; drop the oldest where there are too many."""
        self._waiting.append(body)
        self._bytes += len(body)
        while len(self._waiting) > self._most or (self._bytes > self._most_bytes and len(self._waiting) > 1):
            self._leave()
            self.dropped += 1

    def next(self, count: int) -> tuple[int, list[bytes]]:
        """Return the oldest events, `count` at most, and what to call `done` with once they are acknowledged."""
        found = list(islice(self._waiting, count))
        return self._first + len(found), found

    def done(self, end: int) -> None:
        """Forget what was acknowledged; some of it may have been dropped meanwhile."""
        while self._first < end:
            self._leave()

    def _leave(self) -> None:
        self._bytes -= len(self._waiting.popleft())
        self._first += 1
