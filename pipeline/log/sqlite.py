"""`SqliteLog`: the log in one SQLite file.

Theory of operation. The file is in WAL mode with `synchronous=FULL`: a commit is one transaction and one sync of the
write-ahead log, and is whole or not there after any crash. One connection writes, under a lock that keeps threads
apart, while `WriterLock` keeps other processes away. Another reads, and a third carries the write-ahead log over into
the file while the log is compacted; neither ever makes the writer wait. An error of SQLite becomes `LogUnusable`; one
that says that the file is damaged makes the log refuse everything from then on.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from pipeline.log import failpoints
from pipeline.log.adoption import adopt, mesh_at
from pipeline.log.compaction import compact_part, shrink_part
from pipeline.log.contract import Commit, LogUnusable, Recovered
from pipeline.log.database import connect, open_database
from pipeline.log.trouble import is_damage, unusable
from pipeline.log.writer_lock import WriterLock
from pipeline.log.writing import put_bodies, put_entry, put_revision, put_rows
from pipeline.model import codec
from pipeline.model.batch import Entry
from pipeline.model.digest import Digest
from pipeline.model.key import Key
from pipeline.stages.rows import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pipeline.model.resource import Resource
    from pipeline.model.revision import Revision
    from pipeline.stages.rows import Row
    from pipeline.stages.state import State


class SqliteLog:
    """Implements `pipeline.log.contract.Log`; raises `LogUnusable` where the file cannot be used."""

    def __init__(self, path: Path) -> None:
        """Open the log at a path; it and its folder are made if they are not there."""
        self._path = path
        self._damage: LogUnusable | None = None
        self._clean = True
        self._writing, self._reading, self._tidying = Lock(), Lock(), Lock()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise LogUnusable(f"{path.parent}: {error.strerror}: the log's folder cannot be made") from error
        self._lock = WriterLock(path)
        try:
            self._writer = open_database(path)
            self._reader, self._tidier = connect(path), connect(path)
        except LogUnusable:
            self._lock.release()
            raise

    # -- writing ------------------------------------------------------------------------------------------------

    def commit(self, commit: Commit) -> None:
        """Make a step durable before returning, or leave nothing of it."""
        failpoints.passed(failpoints.APPEND)
        record = commit.encoder.encode(commit.entry)
        with self._transaction() as writer:
            writer.execute("INSERT INTO entries VALUES (?, ?)", (commit.entry.sequence, record))
            if commit.revision is not None:
                put_revision(writer, commit.revision, commit.encoder)
                put_bodies(writer, commit.bodies, commit.encoder)
            put_rows(writer, commit.rows)
            failpoints.passed(failpoints.COMMIT_BEFORE)
        failpoints.passed(failpoints.COMMIT_AFTER)

    def extend(
        self, sequence: int, revisions: Iterable[Revision], bodies: Iterable[Resource], rows: Iterable[Row]
    ) -> None:
        """Add what a replica was told since it last was: durable before returning, or nothing of it.

        `rows` are those of the mesh too (`pipeline.stages.rows.mesh_rows`). The entry itself stays elsewhere.
        """
        encoder = codec.Encoder()
        with self._transaction() as writer:
            put_entry(writer, Entry(sequence=sequence, batches=()), encoder)
            for revision in revisions:
                put_revision(writer, revision, encoder)
            put_bodies(writer, bodies, encoder)
            put_rows(writer, rows)

    def adopt(self, state: State, revisions: Sequence[Revision] = ()) -> None:
        """Bring the log to a state that came from elsewhere: durable before returning, or nothing of it.

        History goes on where these revisions, in order, lead from the log's last one to the state's; else it begins
        anew at the state's revision.
        """
        with self._transaction() as writer:
            adopt(writer, state, revisions)

    def probe(self) -> None:
        """Write and sync something of no meaning."""
        with self._transaction() as writer:
            writer.execute("UPDATE meta SET value = value + 1 WHERE name = 'probe'")

    def compact(self, keep: int) -> bool:
        """Forget a bounded part of what is older than the newest `keep` revisions."""
        failpoints.passed(failpoints.COMPACT_BEFORE)
        with self._transaction() as writer:
            more = compact_part(writer, keep)
            failpoints.passed(failpoints.COMPACT_WITHIN)
        if not more:
            with self._writing, self._guarded():
                more = shrink_part(self._writer)
        with self._tidying, self._guarded():
            self._tidier.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        failpoints.passed(failpoints.COMPACT_AFTER)
        return more

    def close(self) -> None:
        """Note that the end is clean, and release the file."""
        try:
            if self._damage is None:
                with self._transaction() as writer:
                    writer.execute("UPDATE meta SET value = '1' WHERE name = 'clean'")
        except LogUnusable:
            pass  # a log that cannot be written is looked through when it is opened again
        finally:
            with self._tidying, self._reading, self._writing:
                self._tidier.close()
                self._reader.close()
                self._writer.close()
                self._lock.release()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._writing, self._guarded():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                if self._clean:
                    self._writer.execute("UPDATE meta SET value = '0' WHERE name = 'clean'")
                yield self._writer
                self._writer.execute("COMMIT")
                self._clean = False
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Turn what SQLite or the codec says into `LogUnusable`."""
        if self._damage is not None:
            raise self._damage
        try:
            yield
        except sqlite3.Error as error:
            trouble = unusable(self._path, error)
            if is_damage(error):
                self._damage = trouble
            raise trouble from error
        except codec.UnknownFormat as error:
            self._damage = LogUnusable(f"{self._path} has what this version of Galley cannot read: {error}")
            raise self._damage from error

    # -- reading ------------------------------------------------------------------------------------------------

    def recover(self) -> Recovered:
        """Return what is there."""
        with self._read() as reader:
            (sequence,) = reader.execute("SELECT coalesce(max(sequence), 0) FROM entries").fetchone()
            tables: dict[str, dict[str, bytes]] = {table: {} for table in TABLES}
            for table, key, value in reader.execute("SELECT tab, id, value FROM rows"):
                tables.setdefault(table, {})[key] = value
            last = _revisions(reader, "SELECT record FROM revisions ORDER BY number DESC LIMIT 1", ())
            return Recovered(sequence=sequence, revision=last[0] if last else None, tables=tables)

    def revision(self, number: int) -> Revision | None:
        """Return a revision, or None."""
        with self._read() as reader:
            found = _revisions(reader, "SELECT record FROM revisions WHERE number = ?", (number,))
            return found[0] if found else None

    def history(self, limit: int, before: int | None = None, key: Key | None = None) -> tuple[Revision, ...]:
        """Return at most `limit` revisions, newest first, older than `before`; with `key`, those that changed it."""
        end = before if before is not None else 1 << 62
        with self._read() as reader:
            if key is None:
                query = "SELECT record FROM revisions WHERE number < ? ORDER BY number DESC LIMIT ?"
                return _revisions(reader, query, (end, limit))
            query = (
                "SELECT record FROM revisions JOIN revision_changes USING (number)"
                " WHERE kind = ? AND namespace = ? AND name = ? AND number < ? ORDER BY number DESC LIMIT ?"
            )
            return _revisions(reader, query, (*key, end, limit))

    def entries(self, after: int, limit: int) -> tuple[Entry, ...]:
        """Return at most `limit` entries after a sequence, oldest first."""
        query = "SELECT record FROM entries WHERE sequence > ? ORDER BY sequence LIMIT ?"
        with self._read() as reader:
            return tuple(codec.decode(record) for (record,) in reader.execute(query, (after, limit)))

    def content(self, number: int) -> dict[Key, Digest] | None:
        """Return the whole mesh at a revision as content digests, or None."""
        with self._read() as reader:
            if reader.execute("SELECT 1 FROM revisions WHERE number = ?", (number,)).fetchone() is None:
                return None
            return mesh_at(reader, number)

    def body(self, digest: Digest) -> Resource | None:
        """Return a resource by its content digest."""
        with self._read() as reader:
            row = reader.execute("SELECT record FROM bodies WHERE digest = ?", (digest,)).fetchone()
            found: Resource | None = codec.decode(row[0]) if row else None
            return found

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        """Read in one transaction, so that all queries see the same state."""
        with self._reading, self._guarded():
            self._reader.execute("BEGIN")
            try:
                yield self._reader
            finally:
                if self._reader.in_transaction:
                    self._reader.execute("COMMIT")


def _revisions(reader: sqlite3.Connection, query: str, values: tuple[str | int, ...]) -> tuple[Revision, ...]:
    """Return the revisions of a query, each with what it changed."""
    found: list[Revision] = []
    changes = "SELECT kind, namespace, name, digest FROM revision_changes WHERE number = ?"
    for (record,) in reader.execute(query, values).fetchall():
        revision: Revision = codec.decode(record)
        changed = {
            Key(kind, namespace, name): Digest(digest) if digest is not None else None
            for kind, namespace, name, digest in reader.execute(changes, (revision.number,))
        }
        found.append(replace(revision, changed=changed))
    return tuple(found)
