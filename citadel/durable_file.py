"""Files that are whole or absent, also after a crash. Reads and writes the disk; knows no time.

A file is written beside its final name, forced to the disk, and then takes that name in one step; the directory is
forced too, for a name that is not on the disk is lost with the machine.
"""

import os
import tempfile
from pathlib import Path

PRIVATE = 0o600
PUBLIC = 0o644
PRIVATE_DIRECTORY = 0o700


def make_directory(path: Path) -> None:
    """Makes a directory, and those above it, that only its owner may enter; one that is there stays as it is."""
    path.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)


def create(path: Path, data: bytes, mode: int = PRIVATE) -> bool:
    """Writes a new file; False, and nothing is changed, where the name is taken."""
    draft = _draft(path, data, mode)
    try:
        path.hardlink_to(draft)  # fails where the name is taken, also when two processes are at it
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    sync_directory(path.parent)
    return True


def replace(path: Path, data: bytes, mode: int = PRIVATE) -> None:
    """Writes a file in place of the one that may be there."""
    draft = _draft(path, data, mode)
    try:
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Forces a directory's names to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _draft(path: Path, data: bytes, mode: int) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mkstemp makes it 0600
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft
