"""`Observed`: results of the published graph by which objects of a cluster are told, and when one of them changed.

Theory of operation. What is said of an object may depend on others. Whoever looks at an object observes such a result;
the engine then tells which of them changed, by whatever object, and theirs are looked at again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.derive import RuleFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from pipeline.derive import Graph
    from pipeline.model.key import Key


class Observed:
    """One result for each place at most, which is the same for as long as it is not forgotten."""

    def __init__(self, graph: Graph, look_again: Callable[[Collection[str]], None]) -> None:
        """Ask the graph; `look_again` is told of the places whose results changed."""
        self._graph = graph
        self._look_again = look_again
        self._places: dict[tuple[Any, Key], str] = {}
        self._results: dict[str, tuple[Any, Key]] = {}

    def settled(self, changed: Iterable[tuple[Any, Any]]) -> None:
        """Take note that observed results of the graph changed: of anybody's."""
        places = [self._places[one] for one in changed if one in self._places]
        if places:
            self._look_again(places)

    def forget(self, place: str) -> None:
        """Take note that nothing is said of what is at a place any more."""
        result = self._results.pop(place, None)
        if result is not None:
            del self._places[result]
            self._graph.release(*result)

    def ask(self, place: str, rule: Any, key: Key) -> Any:  # noqa: ANN401  the rule decides what
        """Return a rule's result for the object at a place; None where the rule fails."""
        try:
            if place in self._results:
                return self._graph.derive(rule, key)
            self._results[place] = (rule, key)
            self._places[rule, key] = place
            return self._graph.observe(rule, key)
        except RuleFailed:
            return None
