"""`Verdict`: what is wrong with a part of the Gateway API's objects, in the words of its conditions. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

UNSUPPORTED: Final = "UnsupportedValue"


class Verdict(NamedTuple):
    """Why something is not as it should be: a word for programs, a sentence for people; empty where all is well."""

    reason: str = ""
    text: str = ""


GOOD: Final = Verdict()
