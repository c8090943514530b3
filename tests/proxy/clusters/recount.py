"""A graph that counts which rules ran, to hold translation to what an edit should cost."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pipeline.derive import Graph
from pipeline.model.key import Key
from pipeline.model.resource import Resource
from proxy.scope import Scope
from proxy.translate.clusters import cluster_refs
from proxy.translate.endpoints import endpoint_refs


class CountingGraph(Graph):
    """A graph that remembers the names of the rules that ran."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__()
        self.ran: Counter[str] = Counter()

    def _run(self, node: Any) -> Any:  # noqa: ANN401  the graph's own
        self.ran[node.rule.__name__] += 1
        return super()._run(node)


def watch(graph: Graph, scope: Scope) -> None:
    """Observe everything that proxies of a scope are sent of clusters and endpoints."""
    for rule in (cluster_refs, endpoint_refs):
        for ref in graph.observe(rule, scope):
            graph.observe(ref.rule, ref.key)


def edit(graph: CountingGraph, resources: dict[Key, Resource]) -> tuple[Counter[str], list[str]]:
    """Apply an edit: which rules ran how often, and the names of the observed resources that changed, sorted."""
    graph.ran.clear()
    graph.apply(resources)
    changed = graph.settle()
    names = [
        rule.__name__ if rule in (cluster_refs, endpoint_refs) else str(getattr(key, "name", key))
        for rule, key in changed
        if not isinstance(key, Key)  # an index's own
    ]
    return graph.ran, sorted(names)
