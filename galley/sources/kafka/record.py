"""`Record`: what of a consumed record matters here. Pure data."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Headers: TypeAlias = tuple[tuple[str, bytes], ...]
"""A record's headers, in their order; a name may stand several times."""


class Record(NamedTuple):
    """A record and where it stands. A `value` of None is a tombstone: what the key said is gone."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    @property
    def size(self) -> int:
        """Bytes of what it says, roughly."""
        return len(self.value or b"") + len(self.key or b"")

    @property
    def version(self) -> str:
        """Where it stands in its topic, as origins have it: `PARTITION:OFFSET`."""
        return f"{self.partition}:{self.offset}"

    def header(self, name: str) -> str:
        """Return a header's text, the last of that name in whatever case; nothing where there is none, or no text."""
        for key, value in reversed(self.headers):
            if key.lower() == name:
                return (value or b"").decode("utf-8", "replace")
        return ""
