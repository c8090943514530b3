"""A problem that an analyzer found in an object, before it has a line. Pure data."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.model.key import Key


class Problem(NamedTuple):
    """A code of the catalogue, the field, what is wrong, how to mend it, and the other objects that it is about."""

    code: str
    path: str
    message: str
    hint: str = ""
    related: tuple[Key, ...] = ()
    note: str = ""
