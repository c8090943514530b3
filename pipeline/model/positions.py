"""Line and column of every node of a document, packed. Pure.

The nodes of a document's tree are numbered in pre-order, mappings in the order of their sorted keys: the order in which
`Resource` keeps its content. Each node's line and column are two unsigned 32-bit numbers, so that the table needs no
paths: a path is found by walking the content again and counting. A mapping's entry has the position of its key, a
list's item its own.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Step: TypeAlias = str | int
"""One step of a path: a mapping's key or a list's index."""


def pack(marks: Iterable[int]) -> bytes:
    """Pack line, column, line, column... (counted from 1), one pair a node in pre-order."""
    return array("I", marks).tobytes()


def locate(positions: bytes, tree: object, path: Sequence[Step]) -> tuple[int, int] | None:
    """Return line and column of the deepest node on the path that the tree has; None where there is no table."""
    if not positions:
        return None
    index = 0
    node = tree
    for step in path:
        found = _child(node, step)
        if found is None:
            break
        offset, node = found
        index += offset
    marks = array("I")
    marks.frombytes(positions)
    if 2 * index + 1 >= len(marks):
        return None
    return marks[2 * index], marks[2 * index + 1]


def _child(node: object, step: Step) -> tuple[int, object] | None:
    """Return how many nodes after its parent the child comes, and the child."""
    entries: Iterable[tuple[Step, object]]
    if isinstance(node, dict):
        entries = sorted(node.items())
    elif isinstance(node, list):
        entries = enumerate(node)
    else:
        return None
    offset = 1
    for name, child in entries:
        if name == step:
            return offset, child
        offset += _size(child)
    return None


def _size(node: object) -> int:
    """Count the nodes of a tree, itself included."""
    if isinstance(node, dict):
        return 1 + sum(_size(child) for child in node.values())
    if isinstance(node, list):
        return 1 + sum(_size(child) for child in node)
    return 1
