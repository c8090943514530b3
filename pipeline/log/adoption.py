"""Makes a log that of a state that came from elsewhere: a replica that was away, or never was there. One transaction.

Theory of operation. Where the revisions that were read lead from what the log has to the state's mesh, they are added,
and history stays. Where they do not, everything is dropped, the mesh becomes the base, and history begins there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.log.writing import put_bodies, put_entry, put_revision, put_rows
from pipeline.model.batch import Entry
from pipeline.model.codec import Encoder
from pipeline.model.digest import Digest
from pipeline.model.digest_set import DigestSet
from pipeline.model.key import Key
from pipeline.stages.rows import rows_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from pipeline.model.revision import Revision
    from pipeline.stages.state import State


def adopt(connection: sqlite3.Connection, state: State, revisions: Sequence[Revision]) -> None:
    """Bring the log to a state, inside the caller's transaction."""
    encoder = Encoder()
    (newest,) = connection.execute("SELECT coalesce(max(number), 0) FROM revisions").fetchone()
    fresh = [revision for revision in revisions if revision.number > newest]
    if newest and _leads(connection, fresh, state):
        for revision in fresh:
            put_revision(connection, revision, encoder)
        connection.execute("DELETE FROM entries WHERE sequence > ?", (state.sequence,))
    else:
        for table in ("entries", "revisions", "revision_changes", "base", "bodies"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608  a fixed name
        connection.executemany(
            "INSERT INTO base VALUES (?, ?, ?, ?)", ((*key, body.digest) for key, body in state.mesh.items())
        )
        if state.revision is not None:
            put_revision(connection, state.revision, encoder)
    put_bodies(connection, state.mesh.values(), encoder)
    connection.execute("DELETE FROM rows")
    put_rows(connection, rows_of(state))
    put_entry(connection, Entry(sequence=state.sequence, batches=()), encoder)


def mesh_at(connection: sqlite3.Connection, number: int) -> dict[Key, Digest]:
    """Return the whole mesh at a revision as content digests."""
    mesh = {
        Key(kind, namespace, name): Digest(digest)
        for kind, namespace, name, digest in connection.execute("SELECT kind, namespace, name, digest FROM base")
    }
    query = "SELECT kind, namespace, name, digest FROM revision_changes WHERE number <= ? ORDER BY number"
    changed = connection.execute(query, (number,))
    _change(mesh, ((Key(kind, namespace, name), digest) for kind, namespace, name, digest in changed))
    return mesh


def _leads(connection: sqlite3.Connection, fresh: Sequence[Revision], state: State) -> bool:
    """Tell whether these revisions, after those of the log, come to the state's mesh and its revision."""
    (newest,) = connection.execute("SELECT max(number) FROM revisions").fetchone()
    last = fresh[-1].number if fresh else newest
    if state.revision is None or last != state.revision.number:
        return False
    mesh = mesh_at(connection, newest)
    for revision in fresh:
        _change(mesh, revision.changed.items())
    return DigestSet(mesh.values()).digest() == state.revision.digest


def _change(mesh: dict[Key, Digest], changed: Iterable[tuple[Key, Digest | None]]) -> None:
    for key, digest in changed:
        if digest is None:
            mesh.pop(key, None)
        else:
            mesh[key] = Digest(digest)
