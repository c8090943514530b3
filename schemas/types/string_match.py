"""`StringMatch`: how a string of a request is matched. Pure."""

from __future__ import annotations

from typing import ClassVar

from schemas.types.message import OneOfMessage


class StringMatch(OneOfMessage):
    """At most one of an exact value, a prefix, or an RE2 expression; empty means that the value is present."""

    ONE_OF: ClassVar = (("exact", "prefix", "regex"),)

    exact: str | None = None
    prefix: str | None = None
    regex: str | None = None
