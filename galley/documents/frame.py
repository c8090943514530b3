"""The maps and lists that a `galley.documents.builder.Builder` has open. Mutable, private to the building. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from galley.documents.finding import Mark
from galley.documents.node import Node

if TYPE_CHECKING:
    from galley.documents.node import Value
    from pipeline.model.positions import Step

WEIGHT: Final = 3
"""Bytes of JSON that a node costs beside its text: quotes or brackets, and a comma."""


class OpenList:
    """A list whose items are being read."""

    __slots__ = ("anchor", "height", "marks", "value", "weight")

    def __init__(self, mark: Mark, anchor: str | None) -> None:
        self.anchor = anchor
        self.value: list[Value] = []
        self.marks: list[int] = [*mark]
        self.weight = WEIGHT
        self.height = 0

    @property
    def step(self) -> tuple[Step, ...]:
        """The step of a path to what comes next."""
        return (len(self.value),)

    def add(self, node: Node) -> None:
        """Append an item."""
        self.value.append(node.value)
        self.marks += node.marks
        self.weight += node.weight
        self.height = max(self.height, node.height)

    def add_text(self, text: str, line: int, column: int) -> None:
        """Append text; the short way of `add`."""
        self.value.append(text)
        self.marks += (line, column)
        self.weight += len(text) + WEIGHT

    def close(self) -> Node:
        """Return the finished list."""
        return Node(self.value, self.marks, self.weight, self.height + 1)


class OpenMap:
    """A map whose entries are being read: a key, then its value, then the next key."""

    __slots__ = (
        "anchor",
        "height",
        "key",
        "key_column",
        "key_line",
        "marks",
        "merged",
        "merging",
        "places",
        "value",
        "wants_key",
        "weight",
    )

    def __init__(self, mark: Mark, anchor: str | None) -> None:
        self.anchor = anchor
        self.value: dict[str, Value] = {}
        self.marks: list[int] = [*mark]
        self.places: dict[str, list[int]] = {}
        """Each entry's marks, the key's position first."""
        self.merged: set[str] = set()
        """Keys that came by `<<` alone."""
        self.weight = WEIGHT
        self.height = 0
        self.wants_key = True
        self.merging = False
        """Whether the value that comes next is to be merged in."""
        self.key: str | None = None
        """The key of the value that comes next; None where it cannot be kept."""
        self.key_line, self.key_column = mark

    @property
    def step(self) -> tuple[Step, ...]:
        """The step of a path to what comes next; nothing where that is a key."""
        if self.wants_key:
            return ()
        return ("<<",) if self.merging else (self.key,) if self.key is not None else ()

    @property
    def key_mark(self) -> Mark:
        """Where the key stands."""
        return Mark(self.key_line, self.key_column)

    def expect(self, key: str | None, line: int, column: int) -> None:
        """Take a key; None for one that cannot be kept."""
        self.key = key
        self.key_line = line
        self.key_column = column
        self.wants_key = False

    def expect_merge(self, mark: Mark) -> None:
        """Take the key `<<`."""
        self.expect(None, *mark)
        self.merging = True

    def add(self, node: Node) -> None:
        """Set the value of the key that came before it."""
        key = self.key
        self.wants_key = True
        self.merging = False
        if key is not None:
            marks = node.marks
            marks[0] = self.key_line
            marks[1] = self.key_column
            self.put(key, node)
            self.merged.discard(key)

    def add_text(self, text: str) -> None:
        """Set the value of the key that came before it to text; the short way of `add`."""
        key = self.key
        self.wants_key = True
        if key is not None:
            self.value[key] = text
            self.places[key] = [self.key_line, self.key_column]
            self.weight += len(text) + len(key) + 2 * WEIGHT
            if self.merged:
                self.merged.discard(key)

    def put(self, key: str, node: Node) -> None:
        """Set an entry whose marks begin with its key's."""
        self.value[key] = node.value
        self.places[key] = node.marks
        self.weight += node.weight + len(key) + WEIGHT
        self.height = max(self.height, node.height)

    def close(self) -> Node:
        """Return the finished map."""
        marks = self.marks
        for key in sorted(self.places):
            marks += self.places[key]
        return Node(self.value, marks, self.weight, self.height + 1)
