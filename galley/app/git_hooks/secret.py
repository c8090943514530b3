"""`push_secret`: the secret of push notifications, read anew each time, since it may have been changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_SHORTEST: Final = 16
"""Bytes of a secret that is not guessed."""

_LONGEST: Final = 4_096


class Unusable(ValueError):
    """There is a file, and no secret in it; the message says why, and nothing of what is in it."""


def push_secret(file: Path) -> bytes:
    """Return the secret that a file holds; raise `Unusable`."""
    try:
        with file.expanduser().open("rb") as content:
            secret = content.read(_LONGEST).strip()
    except OSError as error:
        raise Unusable(error.strerror or type(error).__name__) from None
    if len(secret) < _SHORTEST:
        raise Unusable(f"fewer than {_SHORTEST} bytes")
    return secret
