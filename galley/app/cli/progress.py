"""`Progress`: one line on standard error that says what is going on, where that is a terminal."""

from __future__ import annotations

import contextlib
import shutil
import sys
from typing import TYPE_CHECKING

from galley.app.cli.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Progress:
    """One line on standard error that says what is going on, where that is a terminal."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._on = sys.stderr.isatty()

    def say(self, text: str) -> None:
        """Replace the line; what the terminal has no room for is left out."""
        if self._on:
            room = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r\x1b[K{visible(text)[:room]}")
            sys.stderr.flush()

    def done(self) -> None:
        """Clear the line."""
        if self._on:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Give what replaces the line; it is cleared at the end, whatever the end is."""
    line = Progress()
    try:
        yield line.say
    finally:
        line.done()
