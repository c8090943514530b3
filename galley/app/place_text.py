"""`place_text`: where something was written, as people read it."""

from __future__ import annotations

from galley.sources.diff import ROOT


def place_text(source: str, file: str, line: int, column: int = 0) -> str:
    """Return `FILE:LINE:COLUMN`; with the source's name before it where a place has no lines, alone where no place."""
    if file in {"", ROOT}:
        return source
    if not line:
        return f"{source}: {file}"
    return f"{file}:{line}:{column}" if column else f"{file}:{line}"
