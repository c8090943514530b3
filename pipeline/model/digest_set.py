"""`DigestSet`: a set of content digests that knows its own digest. Pure; mutable, owned by whoever keeps the set.

Theory of operation. The members lie in buckets by their first byte; each bucket has the digest of its sorted members,
and the set's digest is that of its buckets' digests. Adding or dropping a member digests one bucket again, so the price
of a revision's digest does not grow with the mesh (a bucket holds a 256th of it); and unlike a sum of hashes it is as
hard to forge as the hash function. The order in which members come and go leaves no trace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.model.digest import Digest, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable


_BUCKETS: Final = 256


class DigestSet:
    """Digests in, one digest out."""

    __slots__ = ("_buckets", "_parts", "_stale")

    def __init__(self, digests: Iterable[Digest] = ()) -> None:
        """Start with these members."""
        self._buckets: list[set[Digest]] = [set() for _ in range(_BUCKETS)]
        self._parts: list[str] = ["-"] * _BUCKETS
        self._stale: set[int] = set()
        for digest in digests:
            self.add(digest)

    def add(self, digest: Digest) -> None:
        """Take a member in."""
        bucket = int(digest[:2], 16)
        self._buckets[bucket].add(digest)
        self._stale.add(bucket)

    def discard(self, digest: Digest) -> None:
        """Drop a member, if it is one."""
        bucket = int(digest[:2], 16)
        self._buckets[bucket].discard(digest)
        self._stale.add(bucket)

    def digest(self) -> Digest:
        """Return the digest of the members."""
        for bucket in self._stale:
            members = self._buckets[bucket]
            self._parts[bucket] = digest_of("".join(sorted(members)).encode()) if members else "-"
        self._stale.clear()
        return digest_of("".join(self._parts).encode())

    def copy(self) -> DigestSet:
        """Return a set of the same members that goes its own way."""
        fresh = DigestSet()
        fresh._buckets = [set(members) for members in self._buckets]
        fresh._parts, fresh._stale = list(self._parts), set(self._stale)
        return fresh

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DigestSet) and self.digest() == other.digest()

    __hash__ = None  # type: ignore[assignment]  # mutable
