"""`Deliveries`: which deliveries were heard a short time ago, so that repeating one has no effect. Bounded."""

from __future__ import annotations

from typing import Final

MOST: Final = 10_000
"""Deliveries that are remembered; whoever makes more knows the secret."""


class Deliveries:
    """The deliveries of the last `window` seconds."""

    def __init__(self, window: float, most: int = MOST) -> None:
        """Remember at most so many."""
        self._window = window
        self._most = most
        self._heard: dict[bytes, float] = {}

    def is_new(self, delivery: bytes, now: float) -> bool:
        """Whether a delivery was not heard in the window; it is from now on. `now` is seconds, and never less."""
        while self._heard and (
            len(self._heard) >= self._most or next(iter(self._heard.values())) <= now - self._window
        ):
            del self._heard[next(iter(self._heard))]
        if delivery in self._heard:
            return False
        self._heard[delivery] = now
        return True
