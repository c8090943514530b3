"""Field paths and positions: every node of a document is found again by its path, at its own line and column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from pipeline.model.path import format_path, parse_path
from pipeline.model.positions import locate, pack
from tests.pipeline.records import json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.model.positions import Step

steps = st.lists(st.text(min_size=1, max_size=8) | st.integers(0, 99), max_size=6)


@given(steps)
def test_a_path_comes_back_as_it_was(path: list[Step]) -> None:
    """Whatever the keys are made of: dots, brackets, quotes, backslashes."""
    assert parse_path(format_path(path)) == tuple(path)


def test_paths_look_as_people_write_them() -> None:
    """Words with dots, indexes and odd keys in brackets; what others leave bare is read too."""
    assert format_path(["spec", "http", 0, "headers", "x-user"]) == "spec.http[0].headers.x-user"
    assert format_path(["labels", "a.b/c", "80"]) == 'labels["a.b/c"]["80"]'
    assert parse_path("spec.ports.80.$x") == ("spec", "ports", "80", "$x")
    assert parse_path("spec.a]]]") == ("spec", "a")


def nodes(tree: object, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Give the paths of all nodes in the order of the position table."""
    yield path
    if isinstance(tree, dict):
        for name in sorted(tree):
            yield from nodes(tree[name], (*path, name))
    elif isinstance(tree, list):
        for index, item in enumerate(tree):
            yield from nodes(item, (*path, index))


@given(json)
def test_every_node_is_found_at_its_own_position(tree: object) -> None:
    """The table needs no paths; a path that leads nowhere gives the deepest node on the way."""
    paths = list(nodes(tree))
    marks = pack(mark for number in range(len(paths)) for mark in (number + 1, 2 * number + 1))
    for number, path in enumerate(paths):
        assert locate(marks, tree, path) == (number + 1, 2 * number + 1)
        assert locate(marks, tree, (*path, "nowhere at all")) == (number + 1, 2 * number + 1)
    assert locate(b"", tree, ()) is None
