"""Regular expressions: RE2, as Envoy runs them. Pure; the library is loaded at the first expression."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from schemas import fault as codes
from schemas.fault import Fault, invalid

_LONGEST: Final = 1024
_LARGEST: Final = 32_000
"""The largest program that Istio's bootstrap lets a proxy run, less a margin for another version of RE2."""


@lru_cache(maxsize=4096)
def regex_problem(text: str) -> str:
    """What keeps the text from being an expression that Envoy takes."""
    if not text:
        return "a regular expression must not be empty"
    if len(text) > _LONGEST:
        return f"a regular expression may have {_LONGEST} characters, this one has {len(text)}"
    return re2_problem(text)


@lru_cache(maxsize=4096)
def re2_problem(text: str) -> str:
    """What keeps the text, of whatever length, from being an expression of RE2."""
    found = _compiled(text)
    return found if isinstance(found, str) else ""


def check_expression(text: str, path: str) -> Iterator[Fault]:
    """An expression that proxies take, and that does not cost too much."""
    if problem := regex_problem(text):
        yield invalid(path, problem)
    yield from check_cost(text, path)


def check_cost(text: str, path: str) -> Iterator[Fault]:
    """The expression, where it is one, is not so large that proxies refuse it or are slow."""
    size = _compiled(text)
    if isinstance(size, int) and size > _LARGEST:
        message = f"`{text[:80]}` compiles to {size} instructions, of which proxies take {_LARGEST}"
        yield Fault(code=codes.COSTLY_REGEX, severity="error", path=path, message=message, hint="use smaller counts")


def check_re2(text: str, path: str) -> Iterator[Fault]:
    """An expression of a field in which Istio does not look at it: RE2 takes it, and it does not cost too much."""
    if problem := re2_problem(text):
        yield Fault(code=codes.NOT_RE2, severity="error", path=path, message=problem)
    yield from check_cost(text, path)


@lru_cache(maxsize=4096)
def _compiled(text: str) -> int | str:
    """The size of the expression's program, or what keeps it from being one."""
    import re2  # noqa: PLC0415  most documents have no expression, and the library takes time to load

    options = re2.Options()
    options.log_errors = False
    try:
        return int(re2.compile(text, options).programsize)
    except re2.error as error:
        reason = error.args[0] if error.args else "it cannot be read"
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        return f"`{text[:80]}` is not an RE2 regular expression: {reason}"
    except UnicodeEncodeError:
        return "a regular expression must be UTF-8 text"
