"""Paths into a document, as people write them: `spec.http[0].headers["x.y"]`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def join(prefix: str, *steps: str | int) -> str:
    """`prefix` and the steps below it: a number is an index, a name that is not plain is quoted in brackets."""
    return render(steps, prefix)


def render(steps: Iterable[str | int], prefix: str = "") -> str:
    """The text of a path; the empty text is the document itself."""
    text = prefix
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN.fullmatch(step):
            text += f".{step}" if text else step
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
    return text
