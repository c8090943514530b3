"""What the headers of a blocking query say: the index that an answer is at, and whether there is a leader. Pure.

Source: Consul's HTTP API, "Blocking Queries", "Implementation Details"; Nomad's are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.sources.platform.lost import Lost

if TYPE_CHECKING:
    import httpx


def index_of(headers: httpx.Headers, registry: str) -> int:
    """Return an answer's index; raise Lost where it has none, for then it is not this registry's."""
    header = f"X-{registry}-Index"
    text = headers.get(header, "")
    if not (text.isascii() and text.isdecimal()):
        raise Lost(f"an answer has no {header}: this is no {registry}, or something between takes the header away")
    return int(text[:20])


def next_index(before: int, now: int) -> int:
    """Return the index to wait on: 0, which does not wait, where the server's index went backwards or is invalid."""
    return now if now >= before else 0


def check_leader(headers: httpx.Headers, registry: str, address: str) -> None:
    """Raise Lost where the server that answered knows no leader."""
    if headers.get(f"X-{registry}-KnownLeader", "true") == "false":
        raise Lost(f"{address} knows no leader: what it has may be old, and is not believed")
