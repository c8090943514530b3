"""Reading server-sent events: lines, frames, and pauses. Pure.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One event of a stream."""

    id: str
    data: str


def lines_of(chunks: Iterable[bytes]) -> Iterator[str]:
    """Give the lines of bytes as they come; only a line feed ends one, not what else Unicode breaks lines at."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace")


def frames(lines: Iterable[str]) -> Iterator[Frame]:
    """Give the events of a stream's lines; what is not ended by an empty line is no event yet."""
    id_, data = "", list[str]()
    for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            id_ = value
        elif name == "data":
            data.append(value)
        elif not line and data:
            yield Frame(id=id_, data="\n".join(data))
            data = []


def pauses() -> Iterator[float]:
    """Give the seconds before each attempt to come back: soon at first, then every two."""
    return itertools.chain((0.1, 0.2, 0.5, 1.0), itertools.repeat(2.0))
