"""The statements that put records into the log's tables, inside the caller's transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from pipeline.model.batch import Entry
    from pipeline.model.codec import Encoder
    from pipeline.model.resource import Resource
    from pipeline.model.revision import Revision
    from pipeline.stages.rows import Row

_PUT_ROW = "INSERT INTO rows VALUES (?, ?, ?) ON CONFLICT (tab, id) DO UPDATE SET value = excluded.value"


def put_entry(writer: sqlite3.Connection, entry: Entry, encoder: Encoder) -> None:
    """Put an entry, where there is none of its sequence."""
    writer.execute("INSERT OR IGNORE INTO entries VALUES (?, ?)", (entry.sequence, encoder.encode(entry)))


def put_revision(writer: sqlite3.Connection, revision: Revision, encoder: Encoder) -> None:
    """Put a revision and what it changed; fail where its number is taken."""
    record = encoder.encode(replace(revision, changed={}))
    writer.execute("INSERT INTO revisions VALUES (?, ?, ?)", (revision.number, revision.entry, record))
    writer.executemany(
        "INSERT INTO revision_changes VALUES (?, ?, ?, ?, ?)",
        ((*key, revision.number, digest) for key, digest in revision.changed.items()),
    )


def put_bodies(writer: sqlite3.Connection, bodies: Iterable[Resource], encoder: Encoder) -> None:
    """Put resources by their digests; one that is there stays as it is."""
    writer.executemany(
        "INSERT OR IGNORE INTO bodies VALUES (?, ?)",
        ((resource.digest, encoder.encode(resource)) for resource in bodies),
    )


def put_rows(writer: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Put the state's rows; those without a value are dropped."""
    for table, key, value in rows:
        if value is None:
            writer.execute("DELETE FROM rows WHERE tab = ? AND id = ?", (table, key))
        else:
            writer.execute(_PUT_ROW, (table, key, value))
