"""Rules of string matches. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.rules.regex import check_expression
from schemas.types.string_match import StringMatch


def check_regex(match: StringMatch | None, path: str) -> Iterator[Fault]:
    """The expression, where the match has one, can be run."""
    if match is not None and match.regex is not None:
        yield from check_expression(match.regex, f"{path}.regex")


def check_string_match(match: StringMatch | None, path: str) -> Iterator[Fault]:
    """Also: a prefix is not empty, which Envoy refuses everywhere but in paths."""
    if match is None:
        return
    if match.prefix == "":
        yield invalid(f"{path}.prefix", "a prefix must not be empty here", "leave the match out to match any value")
    yield from check_regex(match, path)
