"""What an API server, or the way to it, can answer instead of what was asked for."""

from __future__ import annotations

from http import HTTPStatus


class Unreachable(Exception):
    """Nobody answered, or what came was no answer; the message says what, without secrets."""


class Undecodable(Unreachable):
    """What came is no JSON, or nests deeper than we parse."""

    def __init__(self, text: bytes) -> None:
        """Take what came."""
        super().__init__("the answer is no JSON")
        self.text = text


class Refusal(Exception):
    """The API server said no. `after` is the seconds it asks to be left alone."""

    def __init__(self, status: int, reason: str, message: str, after: float = 0.0) -> None:
        """Take the HTTP status, and reason and message of the `Status` object that came with it."""
        super().__init__(f"{message or reason or 'no reason given'} ({status})")
        self.status = status
        self.reason = reason
        self.after = after

    @property
    def is_expired(self) -> bool:
        """Whether what was asked for is too old: it must be listed again."""
        return self.status == HTTPStatus.GONE or self.reason in {"Expired", "Gone", "ResourceExpired"}

    @property
    def is_missing(self) -> bool:
        """Whether there is no such thing: for a kind, that it is not served (any more, or yet)."""
        return self.status == HTTPStatus.NOT_FOUND

    @property
    def is_forbidden(self) -> bool:
        """Whether we may not; who we are was clear, else it is a matter of credentials that come back."""
        return self.status == HTTPStatus.FORBIDDEN

    @property
    def is_unsupported(self) -> bool:
        """Whether the request itself was not understood."""
        return self.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
