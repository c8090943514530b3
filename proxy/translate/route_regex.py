"""RE2 expressions that Envoy takes, judged by RE2 itself. Pure.

An expression that does not compile, or whose program is larger than Envoy allows, would make it refuse the whole
response, so whoever uses one asks here first and leaves out what cannot be. An Envoy without Istio's bootstrap allows
programs of 100 instructions; a larger one carries its own bound, in a field that is deprecated and has no successor.
Source: envoy source/common/common/regex.cc (CompiledGoogleReMatcher, `re2.max_program_size.error_level`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import re2
from envoy.type.matcher.v3.regex_pb2 import RegexMatchAndSubstitute, RegexMatcher
from google.protobuf.wrappers_pb2 import UInt32Value

_LARGEST = 32_000
"""The largest program that is sent: what Istio's bootstrap allows, less a margin for another version of RE2."""
_LARGEST_BY_DEFAULT = 80
"""The largest program that an Envoy takes without being told, less the same margin."""
_BOUND = RegexMatcher.GoogleRE2(max_program_size=UInt32Value(value=32_768))
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


class Expression(NamedTuple):
    """An expression that Envoy takes: how many groups it captures, and the size of its program."""

    groups: int
    size: int


@lru_cache(maxsize=4096)
def expression(regex: str) -> Expression | None:
    """What RE2 makes of the text; None where Envoy would refuse it."""
    if not regex:
        return None
    try:
        compiled = re2.compile(regex, _OPTIONS)
    except (re2.error, UnicodeEncodeError):
        return None
    return Expression(compiled.groups, compiled.programsize) if compiled.programsize <= _LARGEST else None


def regex_matcher(regex: str) -> RegexMatcher | None:
    """The matcher of an expression; None where Envoy would refuse it."""
    found = expression(regex)
    if found is None:
        return None
    if found.size <= _LARGEST_BY_DEFAULT:
        return RegexMatcher(regex=regex)
    return RegexMatcher(google_re2=_BOUND, regex=regex)


def substitution(regex: str, rewrite: str) -> RegexMatchAndSubstitute | None:
    """What replaces each match; None where the expression, or a group that the replacement names, is not valid."""
    found = expression(regex)
    if found is None or not _valid_rewrite(rewrite, found.groups):
        return None
    return RegexMatchAndSubstitute(pattern=regex_matcher(regex), substitution=rewrite)


def _valid_rewrite(rewrite: str, groups: int) -> bool:
    """RE2's rule (`CheckRewriteString`): a backslash stands before another, or before the digit of a group."""
    rest = iter(rewrite)
    for character in rest:
        if character == "\\":
            follower = next(rest, "")
            if follower != "\\" and not (follower.isascii() and follower.isdigit() and int(follower) <= groups):
                return False
    return not any(character in "\r\n\0" for character in rewrite)
