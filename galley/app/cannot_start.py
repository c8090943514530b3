"""The server cannot start."""

from __future__ import annotations


class CannotStart(Exception):
    """The world is not as a server needs it; `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        """Keep the hint."""
        super().__init__(message)
        self.hint = hint
