"""Content digests: the identity of a value by its bytes. Pure."""

from __future__ import annotations

from hashlib import blake2b
from typing import NewType

Digest = NewType("Digest", str)

_SIZE = 16


def digest_of(*parts: bytes) -> Digest:
    """Return the hexadecimal BLAKE2b-128 digest of the parts, with their lengths, so that they do not run together."""
    state = blake2b(digest_size=_SIZE)
    for part in parts:
        state.update(len(part).to_bytes(8, "big"))
        state.update(part)
    return Digest(state.hexdigest())
