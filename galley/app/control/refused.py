"""A request that is not carried out, and why."""

from __future__ import annotations


class Refused(Exception):
    """The request is refused: an HTTP status, a sentence, and a hint that says what to do."""

    def __init__(self, status: int, message: str, hint: str = "") -> None:
        """Keep status and hint."""
        super().__init__(message)
        self.status = status
        self.hint = hint
