"""`Watch`: whether something that reads a topic still does, by how old its last answer is, and by its lag. Pure."""

from __future__ import annotations


class Watch:
    """Says what is wrong, in words; the time is handed in, in seconds."""

    __slots__ = ("_done", "_moved", "_patience", "_what", "stuck")

    def __init__(self, what: str, patience: float) -> None:
        """Watch `what`; an answer or a step may take `patience` seconds."""
        self._what = what
        self._patience = patience
        self._done = -1
        self._moved = 0.0
        self.stuck = 0.0
        """For how many seconds there has been something to do, and nothing was done."""

    def see(self, now: float, *, age: float, lag: int, done: int) -> str:
        """Return what is wrong, empty where nothing is.

        `age` is how long ago the brokers last answered, `lag` how much is there and not done, `done` how much is.
        """
        if done != self._done or lag <= 0:
            self._done, self._moved = done, now
        self.stuck = now - self._moved
        if age > self._patience:
            return f"{self._what} has not heard from the brokers for {age:.0f} s"
        if self.stuck > self._patience:
            return f"{self._what} is {lag} behind and has not got on for {self.stuck:.0f} s"
        return ""
