"""What SQLite's errors mean to somebody who runs a server, and what to do about each."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from pipeline.log.contract import LogUnusable

if TYPE_CHECKING:
    from pathlib import Path

_TEXTS = (
    ("SQLITE_FULL", "the disk is full: free some space; until then nothing new is accepted"),
    ("SQLITE_READONLY", "the log cannot be written: check the permissions and whether the file system is read-only"),
    ("SQLITE_CORRUPT", "the log is damaged: restore it from a backup, or move it away to start again from the sources"),
    (
        "SQLITE_NOTADB",
        "this is no log of Galley's: restore it from a backup, or move it away to start from the sources",
    ),
    ("SQLITE_CANTOPEN", "the log cannot be opened: check that the folder exists and its permissions"),
    ("SQLITE_IOERR", "the disk reports an error: check it, and its free space"),
    ("SQLITE_BUSY", "another program holds the log: close it"),
    ("SQLITE_LOCKED", "another program holds the log: close it"),
)

_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


def unusable(path: Path, error: sqlite3.Error) -> LogUnusable:
    """Return what to tell of an error of SQLite's."""
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    text = next((text for prefix, text in _TEXTS if name.startswith(prefix)), "the log does not work")
    return LogUnusable(f"{path}: {text} ({name}: {error})")


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether the error means that what is on disk cannot be trusted any more."""
    return (getattr(error, "sqlite_errorname", "") or "").startswith(_DAMAGED)
