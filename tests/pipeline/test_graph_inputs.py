"""A named input keeps its value until somebody sets another."""

from __future__ import annotations

from pipeline.derive import Graph, View


def doubled(view: View, name: str) -> int:
    """Twice the input."""
    return 2 * int(view.input(name) or 0)


def test_an_input_outlives_its_readers() -> None:
    """An input that nobody reads any more still has its value for whoever reads it next."""
    graph = Graph()
    graph.set_input("size", 21)
    assert graph.observe(doubled, "size") == 42
    graph.release(doubled, "size")
    graph.settle()
    assert graph.size() == 0
    assert graph.derive(doubled, "size") == 42
