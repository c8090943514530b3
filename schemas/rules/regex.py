"""Regular expressions: RE2, as Envoy runs them. Pure; the library is loaded at the first expression."""

from __future__ import annotations

from functools import lru_cache

_LONGEST = 1024


@lru_cache(maxsize=4096)
def regex_problem(text: str) -> str:
    """What keeps the text from being an expression that Envoy takes."""
    if not text:
        return "a regular expression must not be empty"
    if len(text) > _LONGEST:
        return f"a regular expression may have {_LONGEST} characters, this one has {len(text)}"
    import re2  # noqa: PLC0415  most documents have no expression, and the library takes time to load

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(text, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "it cannot be read"
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        return f"`{text[:80]}` is not an RE2 regular expression: {reason}"
    return ""
