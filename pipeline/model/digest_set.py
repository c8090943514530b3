"""`DigestSet`: a set of content digests that knows its own digest. Pure; mutable, owned by whoever keeps the set.

Theory of operation. The members lie in buckets by their first byte; each bucket has the digest of its sorted members,
and the set's digest is that of its buckets' digests. Adding or dropping a member digests one bucket again, so the price
of a revision's digest does not grow with the mesh (a bucket holds a 256th of it); and unlike a sum of hashes it is as
hard to forge as the hash function. The order in which members come and go leaves no trace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.digest import Digest, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterable


class DigestSet:
    """Digests in, one digest out."""

    __slots__ = ("_buckets", "_parts", "_stale")

    def __init__(self, digests: Iterable[Digest] = ()) -> None:
        """Start with these members."""
        self._buckets: dict[str, set[Digest]] = {}
        self._parts: dict[str, str] = {}
        self._stale: set[str] = set()
        for digest in digests:
            self.add(digest)

    def add(self, digest: Digest) -> None:
        """Take a member in."""
        bucket = digest[:2]
        self._buckets.setdefault(bucket, set()).add(digest)
        self._stale.add(bucket)

    def discard(self, digest: Digest) -> None:
        """Drop a member, if it is one."""
        bucket = digest[:2]
        self._buckets.get(bucket, set()).discard(digest)
        self._stale.add(bucket)

    def digest(self) -> Digest:
        """Return the digest of the members."""
        for bucket in self._stale:
            members = self._buckets.get(bucket)
            if members:
                self._parts[bucket] = digest_of("".join(sorted(members)).encode())
            else:
                self._buckets.pop(bucket, None)
                self._parts.pop(bucket, None)
        self._stale.clear()
        return digest_of("".join(self._parts[bucket] for bucket in sorted(self._parts)).encode())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DigestSet) and self.digest() == other.digest()

    __hash__ = None  # type: ignore[assignment]  # mutable
