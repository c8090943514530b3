"""The index of a blocking query. Pure. Source: Consul's HTTP API, "Blocking Queries", "Implementation Details"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.sources.platform.lost import Lost

if TYPE_CHECKING:
    from collections.abc import Mapping


def index_of(headers: Mapping[str, str]) -> int:
    """Return an answer's index; raise Lost where it has none, for then it is not Consul's."""
    text = headers.get("x-consul-index", "")
    if not (text.isascii() and text.isdecimal()):
        raise Lost("an answer has no X-Consul-Index: this is no Consul, or something between takes the header away")
    return int(text[:20])


def next_index(before: int, now: int) -> int:
    """Return the index to wait on: 0, which does not wait, where the server's index went backwards or is invalid."""
    return now if now >= before else 0
