"""`Node`: a finished value of a document, with the position of everything in it. Pure data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from galley.documents.finding import Mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from galley.documents.scalar import Plain

Value: TypeAlias = "Plain | list[Value] | dict[str, Value]"
"""What JSON can hold."""


class Node(NamedTuple):
    """A value and its marks: line, column, line, column... in pre-order, maps in the order of their sorted keys.

    A map's entry has the position of its key. `weight` is the size in bytes of JSON, roughly, and `height` the levels
    of maps and lists; both with aliases expanded.
    """

    value: Value
    marks: list[int]
    weight: int
    height: int = 0

    @property
    def mark(self) -> Mark:
        """Where the node begins."""
        return Mark(self.marks[0], self.marks[1])

    def entries(self) -> Iterator[tuple[str, Node]]:
        """Give a map's entries by sorted key, each as a node of its own; nothing where this is no map."""
        if isinstance(self.value, dict):
            offset = 2
            for key in sorted(self.value):
                end = offset + 2 * count(self.value[key])
                yield key, Node(self.value[key], self.marks[offset:end], self.weight, self.height)
                offset = end

    def items(self) -> Iterator[Node]:
        """Give a list's items, each as a node of its own; nothing where this is no list."""
        if isinstance(self.value, list):
            offset = 2
            for item in self.value:
                end = offset + 2 * count(item)
                yield Node(item, self.marks[offset:end], self.weight, self.height)
                offset = end


def count(value: Value) -> int:
    """Count the nodes of a value, itself included."""
    if isinstance(value, dict):
        return 1 + sum(map(count, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(count, value))
    return 1
