"""`Wave`: the results that wait to be made again, the lowest first. Pure.

A node may be lifted while it waits; its place is then corrected when its turn comes. A node that is dropped while it
waits is no longer dirty, and is passed over.
"""

from __future__ import annotations

import sys
from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.derive.node import Node


class Wave:
    """Dirty nodes by height; those of one height in the order in which they came."""

    __slots__ = ("_count", "_queue")

    def __init__(self) -> None:
        """Start with nothing to do."""
        self._queue: list[tuple[int, int, Node]] = []
        self._count = 0

    def __bool__(self) -> bool:
        """Whether something may wait."""
        return bool(self._queue)

    def mark(self, nodes: Iterable[Node]) -> None:
        """Have nodes made again, once each."""
        for node in nodes:
            if not node.dirty:
                node.dirty = True
                self.push(node)

    def push(self, node: Node) -> None:
        """Put a dirty node (back) in."""
        self._count += 1
        heappush(self._queue, (node.height, self._count, node))

    def pop(self) -> Node | None:
        """Take out the lowest node; it stays dirty until it has been made again."""
        while self._queue:
            height, _, node = heappop(self._queue)
            if node.dirty and height == node.height:
                return node
            if node.dirty:
                self.push(node)
        return None

    @property
    def lowest(self) -> int:
        """A height under which nothing waits; it may be too low, never too high."""
        return self._queue[0][0] if self._queue else sys.maxsize
