"""The files that paths on a command line stand for: of a directory, those that a server reads (`galley.sources`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from galley.documents.limits import DEFAULT_LIMITS
from galley.sources.inside import Inside
from galley.sources.scan import Problem, load, scan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def files_of(paths: Iterable[str], stdin: bytes = b"") -> Iterator[tuple[str, bytes | Problem]]:
    """Give each file's name, as to be shown, and its text, or why it has none.

    A directory stands for all in it that counts (`galley.sources.scan`), `-` for standard input; a file that is named
    is read whatever its ending. Raises `OSError` where a path itself cannot be read.
    """
    for text in paths:
        if text == "-":
            yield "-", stdin
        elif (path := Path(text)).is_dir():
            yield from _within(path)
        else:
            yield str(path), path.read_bytes()


def _within(directory: Path) -> Iterator[tuple[str, bytes | Problem]]:
    with Inside(directory) as inside:
        listing = scan(directory)
        for name in sorted({**listing.files, **listing.unreadable}):
            problem = listing.unreadable.get(name)
            found = (problem, b"") if problem is not None else load(inside, name, DEFAULT_LIMITS.size)
            if found is not None:
                entry, content = found
                yield str(directory / name), entry if isinstance(entry, Problem) else content
