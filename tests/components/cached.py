"""The folder of everything that was got for component tests, and how one thing comes into it: whole, and once."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent


class BuildError(Exception):
    """Why a component cannot be built, and what to do about it."""


def cache() -> Path:
    """The folder of everything that was built: `$GALLEY_COMPONENTS`, or one in the user's cache."""
    return Path(os.environ.get("GALLEY_COMPONENTS") or "~/.cache/galley/components").expanduser().absolute()


def once(folder: Path, make: Callable[[Path], None]) -> None:
    """Have `make` fill a folder unless it is there; of several who want to, one does and the others wait."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder.with_name(f"{folder.name}.lock")):
        if folder.exists():
            return
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            make(made)
            made.chmod(0o755)
            made.rename(folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
