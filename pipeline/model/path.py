"""Field paths as people write them: `spec.http[0].match[1].headers["x-user"]`. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.model.positions import Step

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_STEP = re.compile(r'\.?([A-Za-z0-9_$][A-Za-z0-9_$-]*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')


def format_path(steps: Iterable[Step]) -> str:
    """Return the path's text; a key that is no plain word stands in brackets and double quotes."""
    parts: list[str] = []
    for step in steps:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _PLAIN.match(step):
            parts.append(f".{step}" if parts else step)
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            parts.append(f'["{escaped}"]')
    return "".join(parts)


def parse_path(text: str) -> tuple[Step, ...]:
    """Return the steps of a path that `format_path` wrote; what cannot be read ends the path."""
    steps: list[Step] = []
    index = 0
    while index < len(text):
        found = _STEP.match(text, index)
        if found is None:
            break
        word, number, quoted = found.groups()
        if number is not None:
            steps.append(int(number))
        else:
            steps.append(word if word is not None else re.sub(r"\\(.)", r"\1", quoted))
        index = found.end()
    return tuple(steps)
