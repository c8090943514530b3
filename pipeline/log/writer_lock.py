"""`WriterLock`: one process writes a log, and says so in a lock file beside it.

The lock is the kernel's (`flock`), so it goes when the process does, however it ends; the file itself stays.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from pipeline.log.contract import LogUnusable

if TYPE_CHECKING:
    from pathlib import Path


class WriterLock:
    """The right to write the log at a path; raises `LogUnusable`, naming the holder, where another process has it."""

    def __init__(self, path: Path) -> None:
        """Take the lock."""
        lock = path.with_name(f"{path.name}.lock")
        try:
            self._file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LogUnusable(f"{lock}: {error.strerror}: the folder of the log must be writable") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._file, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            text = (
                f"{path} is in use by another process (pid {holder}): stop it, or give this one another `--data` folder"
            )
            raise LogUnusable(text) from error
        with suppress(OSError):  # a full disk takes no name, and the lock holds without
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock back."""
        os.close(self._file)
