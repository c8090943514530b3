"""Content digests: the identity of a value by its bytes. Pure."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from collections.abc import Iterable

Digest = NewType("Digest", str)

_SIZE = 16


def digest_of(*parts: bytes) -> Digest:
    """Return the hexadecimal BLAKE2b-128 digest of the parts; each part's length goes in, so that parts do not run together."""
    state = blake2b(digest_size=_SIZE)
    for part in parts:
        state.update(len(part).to_bytes(8, "big"))
        state.update(part)
    return Digest(state.hexdigest())


def digest_of_set(digests: Iterable[Digest]) -> Digest:
    """Return the digest of a set of digests, whatever the order they come in."""
    return digest_of("".join(sorted(digests)).encode())
