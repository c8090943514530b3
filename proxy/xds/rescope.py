"""A node that sees something else from now on: its watches move to other tables. Pure."""

from __future__ import annotations

from proxy.xds.session import Session
from proxy.xds.step import Held, Step, version_of
from proxy.xds.table import Table
from proxy.xds.watch import Watch


def rescope(session: Session, revision: int) -> None:
    """Move every watch of a session to the table that it sees now; what the client lacks there is sent."""
    watches = [watch for watch in session.watches if watch is not None]
    tables = [session.tables(watch.table.type) for watch in watches]  # all of them, or `NotServable` and none
    for watch, table in zip(watches, tables, strict=True):
        if table is not watch.table:
            _move(watch, table, revision)


def _move(watch: Watch, new: Table, revision: int) -> None:
    old = watch.table
    lacking = watch.behind
    names = {*old.names(watch.subscription), *new.names(watch.subscription), *(lacking.held if lacking else ())}
    names.update(watch.refused)  # what is refused, and is not there any more, must not be remembered for ever
    forced = lacking.forced if lacking else frozenset()
    held: dict[str, Held] = {}
    for name in sorted(names):
        now = watch.holds(name)
        present = new.resources.get(name) if watch.subscription.selects(name) else None
        if version_of(now) != version_of(present) or name in forced or name in watch.refused:
            held[name] = now
    old.leave(watch)
    watch.table = new
    new.join(watch)
    watch.behind = Step(held=held, forced=forced, since=revision) if held else None
