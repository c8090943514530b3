"""The files that paths on a command line stand for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ENDINGS = (".yaml", ".yml", ".json")


def files_of(paths: Iterable[str], stdin: bytes = b"") -> Iterator[tuple[str, bytes]]:
    """Give each file's name, as to be shown, and its text; a directory stands for all in it, `-` for standard input.

    A file that is named is read whatever its ending; in a directory `*.yaml`, `*.yml` and `*.json` count, dotfiles do
    not. Raises `OSError`.
    """
    for text in paths:
        if text == "-":
            yield "-", stdin
        elif (path := Path(text)).is_dir():
            for file in _walk(path):
                yield str(file), file.read_bytes()
        else:
            yield str(path), path.read_bytes()


def _walk(directory: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(directory):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(_ENDINGS) and not name.startswith(".") and (file := Path(folder, name)).is_file():
                yield file
