"""`StandingFork`: a fork of the mesh that stays, and says of one change after the other what it would do.

To fork a graph for each question would cost as much as the mesh is large. This one is forked once, keeps every object's
findings, and follows the snapshots; a question applies its change, settles, reads, and takes the change back, which
costs what the change touches. It does no I/O, knows no time, and belongs to one thread.

An object that was let through is stored a moment before its source tells of it, and the next question may already name
it (`kubectl apply` of a directory): until then it is expected, and counts as if it were there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from pipeline.derive.failure import RuleFailed
from pipeline.stages.analyze import findings
from pipeline.stages.analyze.few import MOST_NAMED
from pipeline.stages.analyze.near import near_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pipeline.derive import Graph
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource


_MANY: Final = 1_000
_NOBODY: Final = "nobody.galley.invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a change would do: everything that is said of the object then, and what is new of others."""

    own: tuple[Diagnostic, ...]
    others: tuple[Diagnostic, ...]


class Expected(NamedTuple):
    """An object as it was let through (None: deleted), and until when that is believed."""

    resource: Resource | None
    until: float


class StandingFork:
    """A graph over the mesh's resources, apart from the one that is served."""

    def __init__(self, graph: Graph, grown: Callable[[], None] = lambda: None) -> None:
        """Take a fork of the served graph, which is this one's alone; `grown` is called for each thousand objects."""
        self._graph = graph
        self._grown = grown
        self._mesh: Mapping[Key, Resource] = {}
        self._expected: dict[Key, Expected] = {}
        self._there: dict[Key, Resource] = {}

    def __len__(self) -> int:
        """How many objects are there."""
        return len(self._there)

    def follow(self, mesh: Mapping[Key, Resource], now: float, heard: Iterable[Key] = ()) -> None:
        """Come in step with the mesh, whose word about an object ends what was expected of it.

        `heard` are objects that have changed since, though they may be again as they were.
        """
        before = self._mesh
        changed: dict[Key, None] = {key: None for key in heard if key in self._expected}
        if mesh is not before:
            changed.update((key, None) for key, resource in mesh.items() if before.get(key) is not resource)
            changed.update((key, None) for key in before if key not in mesh)
            self._mesh = mesh
        changed.update((key, None) for key, one in self._expected.items() if one.until <= now)
        for key in changed:
            self._expected.pop(key, None)
        self._set({key: mesh.get(key) for key in changed})
        if changed and not before:
            self._graph.derive(near_host, _NOBODY)  # its index is large, and only a host that is unknown has it made

    def expect(self, key: Key, resource: Resource | None, until: float) -> None:
        """Count an object as stored, or deleted, until the mesh says something of it, or until then."""
        self._expected[key] = Expected(resource, until)
        self._set({key: resource})

    def ask(self, changes: Mapping[Key, Resource | None], about: Iterable[Key] = ()) -> Trial:
        """Say what changes would do to the objects `about`, and to all others. Nothing of it stays."""
        keys = tuple(about)
        back = {key: self._there.get(key) for key in changes}
        try:
            self._graph.apply(changes)
            touched = [key for _, key in self._graph.settle() if key not in changes]
            own = tuple(found for key in keys for found in self._findings(key))
            after = {key: there for key in touched if (there := self._findings(key))}
        finally:
            self._graph.apply(back)
            self._graph.settle()
        others = (found for key, there in after.items() for found in _introduced(self._findings(key), there))
        return Trial(own=own, others=tuple(others))

    def _set(self, changes: Mapping[Key, Resource | None]) -> None:
        if not changes:
            return
        self._graph.apply(changes)
        for number, (key, resource) in enumerate(changes.items(), 1):
            if number % _MANY == 0:
                self._grown()
            if resource is None:
                if self._there.pop(key, None) is not None:
                    self._graph.release(findings, key)
                continue
            if key not in self._there:
                self._observe(key)
            self._there[key] = resource
        self._graph.settle()
        if len(changes) >= _MANY:
            self._grown()

    def _observe(self, key: Key) -> None:
        try:
            self._graph.observe(findings, key)
        except RuleFailed:
            return

    def _findings(self, key: Key) -> tuple[Diagnostic, ...]:
        """Return what is said of an object; nothing where a check of ours fails, which the pipeline would tell."""
        try:
            return self._graph.derive(findings, key)
        except RuleFailed:
            return ()


def _introduced(before: tuple[Diagnostic, ...], after: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Return what was not said before; that fewer objects are named, or others of more than are named, is not new."""
    known: dict[tuple[str, str], list[frozenset[Key | None]]] = {}
    for found in before:
        known.setdefault((found.code, found.path), []).append(_named(found))
    return tuple(
        found
        for found in after
        if not any(
            len(others) >= MOST_NAMED or _named(found) <= others for others in known.get((found.code, found.path), ())
        )
    )


def _named(found: Diagnostic) -> frozenset[Key | None]:
    return frozenset(related.key for related in found.related)
