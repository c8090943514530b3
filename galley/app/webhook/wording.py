"""How diagnostics are said to whoever asked an API server: a refusal in lines, warnings one line each. Pure.

Kubernetes asks that a warning has at most 256 characters, and passes on 4,096 of a request's warnings altogether.
https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.model.diagnostic import Diagnostic

LONGEST_WARNING: Final = 256
ALL_WARNINGS: Final = 4096
MOST_ERRORS: Final = 20

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LONGEST_LINE: Final = 1000
_SUFFIX: Final = 64
"""Characters kept for saying how many more warnings there are."""


def refusal(errors: Sequence[Diagnostic]) -> str:
    """Return why an object is refused: every error with its object, field, hint and the objects that it is about."""
    count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
    lines = [f"configuration is invalid: {count}"]
    for found in errors[:MOST_ERRORS]:
        lines += _lines(found)
    if len(errors) > MOST_ERRORS:
        lines.append(f"and {len(errors) - MOST_ERRORS} more; galley validate shows all")
    return "\n".join(lines)


def warnings(found: Sequence[Diagnostic], *more: str) -> tuple[str, ...]:
    """Return warnings for diagnostics, then `more`, within Kubernetes' limits; the last says how many are left out."""
    texts = [_shortened(_one_line(text)) for text in (*map(_warning, found), *more)]
    room, kept = ALL_WARNINGS - _SUFFIX, list[str]()
    for text in dict.fromkeys(texts):
        room -= len(text.encode())
        if room < 0:
            return (*kept, f"and {len(set(texts)) - len(kept)} more; galley validate shows all")
        kept.append(text)
    return tuple(kept)


def _lines(found: Diagnostic) -> Iterator[str]:
    where = ", ".join(part for part in (str(found.key or ""), found.path) if part)
    text = f"{found.severity.value} {found.code}: {found.message}" + (f" ({where})" if where else "")
    yield _one_line(text)[:_LONGEST_LINE]
    for related in found.related:
        if related.key is not None:
            yield _one_line(f"    {related.key}: {related.note}".rstrip(": "))[:_LONGEST_LINE]
    if found.hint:
        yield _one_line(f"    hint: {found.hint}")[:_LONGEST_LINE]


def _warning(found: Diagnostic) -> str:
    where = ", ".join(part for part in (str(found.key or ""), found.path) if part)
    hint = f"; {found.hint}" if found.hint else ""
    return f"{found.code}: {found.message}" + (f" ({where})" if where else "") + hint


def _one_line(text: str) -> str:
    return _CONTROL.sub(" ", text.rstrip())


def _shortened(text: str) -> str:
    """Cut a text so that it has no more than 256 characters, nor bytes of UTF-8."""
    if len(text.encode()) <= LONGEST_WARNING:
        return text
    return text.encode()[: LONGEST_WARNING - 3].decode(errors="ignore").rstrip() + "..."
