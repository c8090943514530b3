"""`Among`: what is wrong with a cluster's objects among the others of the mesh, and when that may have changed.

Theory of operation. Findings between objects are a rule of the published graph. Whoever looks at an object observes its
findings; the engine then tells which of them changed, by whatever object, and theirs are looked at again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.derive import RuleFailed
from pipeline.model.diagnostic import Severity
from pipeline.stages import analyze

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from pipeline.derive import Graph
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.key import Key


class Among:
    """The findings of the objects of one cluster."""

    def __init__(self, graph: Graph, look_again: Callable[[Collection[str]], None]) -> None:
        """Ask the graph; `look_again` is told of the places whose findings changed."""
        self._graph = graph
        self._look_again = look_again
        self._places: dict[Key, str] = {}
        self._keys: dict[str, Key] = {}

    def settled(self, changed: Iterable[tuple[Any, Any]]) -> None:
        """Take note that observed results of the graph changed."""
        places = [self._places[key] for rule, key in changed if rule is analyze.findings and key in self._places]
        if places:
            self._look_again(places)

    def forget(self, place: str) -> None:
        """Take note that an object is gone, or that another's version of it is served."""
        key = self._keys.pop(place, None)
        if key is not None:
            del self._places[key]
            self._graph.release(analyze.findings, key)

    def findings(self, place: str, key: Key) -> tuple[Diagnostic, ...]:
        """Return the errors and warnings of the object that is served from a place, the worst first."""
        try:
            if self._keys.get(place) == key:
                found = self._graph.derive(analyze.findings, key)
            else:
                self.forget(place)
                self._keys[place], self._places[key] = key, place
                found = self._graph.observe(analyze.findings, key)
        except RuleFailed:
            return ()
        told = [one for one in found if one.severity is not Severity.INFO]
        return tuple(sorted(told, key=lambda one: one.severity is not Severity.ERROR))
