"""Forgets old revisions of the log, a bounded part at a time.

Theory of operation. `base` is the mesh before the oldest revision that is kept. Each part first forgets the revision
after it, then moves its changes into `base` and drops the bodies that only it had: no later change of the same object
names them, and a digest belongs to one object alone. A kept revision's content is `base` and the changes up to it, and
stays the same after every part, so that a crash between two of them loses nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

_PART: Final = 500
_FREE_PAGES: Final = 256
_FREE_SHARE: Final = 0.25


def compact_part(connection: sqlite3.Connection, keep: int) -> bool:
    """Forget one part, inside the caller's transaction; return whether anything was there to forget."""
    (newest,) = connection.execute("SELECT coalesce(max(number), 0) FROM revisions").fetchone()
    limit = newest - max(keep, 1)
    connection.execute(
        "DELETE FROM revisions WHERE number IN"
        " (SELECT number FROM revisions WHERE number <= ? ORDER BY number LIMIT ?)",
        (limit, _PART),
    )
    folded = _fold(connection, limit)
    return _drop_entries(connection, keep) or folded


def shrink_part(connection: sqlite3.Connection) -> bool:
    """Give a bounded part of the file back where much of it is unused, outside a transaction; return whether it was."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    if free < _FREE_PAGES or free < _FREE_SHARE * pages:
        return False
    connection.executescript(f"PRAGMA incremental_vacuum({_FREE_PAGES})")
    return True


def _fold(connection: sqlite3.Connection, limit: int) -> bool:
    """Move the oldest changes that only forgotten revisions made into the base."""
    changes = connection.execute(
        "SELECT kind, namespace, name, number, digest FROM revision_changes WHERE number <= ? ORDER BY number LIMIT ?",
        (limit, _PART),
    ).fetchall()
    for kind, namespace, name, number, digest in changes:
        key = (kind, namespace, name)
        before = connection.execute(
            "SELECT digest FROM base WHERE kind = ? AND namespace = ? AND name = ?", key
        ).fetchone()
        if digest is None:
            connection.execute("DELETE FROM base WHERE kind = ? AND namespace = ? AND name = ?", key)
        else:
            connection.execute("INSERT OR REPLACE INTO base VALUES (?, ?, ?, ?)", (*key, digest))
        connection.execute(
            "DELETE FROM revision_changes WHERE kind = ? AND namespace = ? AND name = ? AND number = ?", (*key, number)
        )
        if before is not None and before[0] != digest:
            connection.execute(
                "DELETE FROM bodies WHERE digest = ? AND NOT EXISTS (SELECT 1 FROM revision_changes"
                " WHERE kind = ? AND namespace = ? AND name = ? AND digest = bodies.digest)",
                (before[0], *key),
            )
    return bool(changes)


def _drop_entries(connection: sqlite3.Connection, keep: int) -> bool:
    """Drop the oldest entries, but not the newest `keep`, nor those that made a kept revision."""
    done = connection.execute(
        "DELETE FROM entries WHERE sequence IN (SELECT sequence FROM entries"
        " WHERE sequence <= (SELECT max(sequence) FROM entries) - ?"
        " AND sequence NOT IN (SELECT entry FROM revisions) ORDER BY sequence LIMIT ?)",
        (max(keep, 1), _PART),
    )
    return done.rowcount > 0
