"""The log's SQLite file: its tables, how it is made, and what it must be to be opened.

A new file is made whole beside its place and renamed into it, so that a crash never leaves half a log; hence a file
that is there, and is empty or not ours, is a fault and never taken for a fresh start.
"""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, Final

from pipeline.log.contract import LogUnusable
from pipeline.log.trouble import unusable

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = 1
"""The number of this layout; a greater one is refused."""

_APPLICATION: Final = 0x47414C59
_MAGIC: Final = b"SQLite format 3\0"
_HEADER: Final = 100
_CACHE_KIB: Final = 4_096
_WAL_LIMIT: Final = 16 * 1024 * 1024
_WAL_PAGES: Final = 16_384
"""A commit carries the write-ahead log over by itself only where compaction has not for so many pages."""

_TABLES: Final = """
BEGIN;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entries (sequence INTEGER PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE revisions (number INTEGER PRIMARY KEY, entry INTEGER NOT NULL, record BLOB NOT NULL);
CREATE TABLE revision_changes (
  kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL, digest TEXT,
  PRIMARY KEY (kind, namespace, name, number)
) WITHOUT ROWID;
CREATE INDEX revision_changes_of ON revision_changes (number);
CREATE TABLE base (
  kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL,
  PRIMARY KEY (kind, namespace, name)
) WITHOUT ROWID;
CREATE TABLE bodies (digest TEXT PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE rows (tab TEXT NOT NULL, id TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (tab, id));
INSERT INTO meta VALUES ('clean', '1'), ('probe', '0');
COMMIT;
"""


def open_database(path: Path) -> sqlite3.Connection:
    """Return a connection that writes the log at a path, made if there is none; raise `LogUnusable`."""
    try:
        if path.exists():
            _identify(path)
        else:
            _make(path)
    except sqlite3.Error as error:
        raise unusable(path, error) from error
    except OSError as error:
        raise LogUnusable(f"{path}: {error.strerror or error}: the log cannot be made there") from error
    connection = connect(path)
    try:
        _check(path, connection)
    except sqlite3.Error as error:
        connection.close()
        raise unusable(path, error) from error
    except LogUnusable:
        connection.close()
        raise
    return connection


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection in the log's mode, whose users take turns; raise `LogUnusable`."""
    try:
        connection = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise unusable(path, error) from error
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
    except sqlite3.Error as error:
        connection.close()
        raise unusable(path, error) from error
    return connection


def _make(path: Path) -> None:
    """Make an empty log, synced to disk, readable by its owner alone."""
    leftover = path.with_name(f"{path.name}-wal")
    if leftover.exists():
        raise LogUnusable(
            f"{path} is missing, but {leftover.name} is there: restore the log, or remove what is left of it"
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(fresh, isolation_level=None)
    try:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.executescript(_TABLES)
    finally:
        connection.close()
    _sync(fresh)
    fresh.rename(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _identify(path: Path) -> None:
    """Raise where the file is not ours, or of a newer format, by its header (https://sqlite.org/fileformat.html).

    SQLite itself would make a database of an empty file, so it is not asked.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER)
    number, application = header[60:64], header[68:72]
    if not header.startswith(_MAGIC) or int.from_bytes(application, "big") != _APPLICATION:
        raise LogUnusable(f"{path} is no log of Galley's, or an empty file: restore it, or move it away to start anew")
    if int.from_bytes(number, "big") > FORMAT:
        found = int.from_bytes(number, "big")
        text = f"{path} has format {found}, this version of Galley reads up to {FORMAT}: run the newer version again"
        raise LogUnusable(text)


def _check(path: Path, connection: sqlite3.Connection) -> None:
    """Raise where the file is damaged; the whole is read after an unclean end only. Writes nothing."""
    (clean,) = connection.execute("SELECT value FROM meta WHERE name = 'clean'").fetchone()
    if clean != "1":
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise LogUnusable(
                f"{path} is damaged ({found}): restore it, or move it away to start again from the sources"
            )
