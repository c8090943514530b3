"""What history has to say: the content of a revision, and what differs between two. Reads the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.log.contract import Log
    from pipeline.model.digest import Digest
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource


class UnknownRevision(LookupError):  # named for what it is
    """History does not, or no longer, have the revision."""

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no revision {number} in the history that is kept")
        self.number = number


class Difference(NamedTuple):
    """An object before and after; None where it is not there."""

    key: Key
    before: Resource | None
    after: Resource | None


def content(log: Log, number: int) -> dict[Key, Digest]:
    """Return the mesh at a revision; revision 0 is the empty one. Raise `UnknownRevision`."""
    if number == 0:
        return {}
    found = log.content(number)
    if found is None:
        raise UnknownRevision(number)
    return found


def difference(log: Log, before: int, after: int) -> tuple[Difference, ...]:
    """Return what differs between two revisions, by key; raise `UnknownRevision`."""
    old, new = content(log, before), content(log, after)
    keys = [key for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
    was, now = bodies(log, before, old, keys), bodies(log, after, new, keys)
    return tuple(Difference(key, was[key], now[key]) for key in keys)


def bodies(log: Log, number: int, mesh: Mapping[Key, Digest], keys: Iterable[Key]) -> dict[Key, Resource | None]:
    """Return objects of a revision, whose mesh this is; None where they are not there.

    Raise `UnknownRevision` where the revision has been forgotten meanwhile.
    """
    found = {key: log.body(mesh[key]) if key in mesh else None for key in keys}
    if any(resource is None and key in mesh for key, resource in found.items()):
        raise UnknownRevision(number)
    return found
