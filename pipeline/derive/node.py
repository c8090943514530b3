"""The nodes of the graph: inputs, index groups and memoised results. Pure data, mutated by the graph alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable

UNSET: Any = object()
"""The value of an input that nobody has read yet."""

DROPPED: Any = object()
"""The value of a transient result between two settles: it is made again when somebody reads it."""

_FEW = 6


class Node:
    """Anything that can be read: it has a value, readers, and a height above everything that it reads.

    `reads` is empty for inputs. `observed` counts those outside the graph who want to hear of changes.
    """

    __slots__ = ("dirty", "height", "key", "observed", "readers", "reads", "rule", "value")

    def __init__(self, rule: Any, key: Hashable, height: int = 0) -> None:  # noqa: ANN401  any rule's type
        """Make a node without a value; `rule` is None for inputs."""
        self.rule = rule
        self.key = key
        self.value: Any = UNSET
        self.height = height
        self.reads: tuple[Node, ...] = ()
        self.readers: tuple[Node, ...] | dict[Node, None] = ()
        self.observed = 0
        self.dirty = False

    def read_by(self, reader: Node) -> None:
        """Know a reader; most nodes have a few, which a tuple holds in a quarter of the memory."""
        readers = self.readers
        if isinstance(readers, dict):
            readers[reader] = None
        elif reader not in readers:
            self.readers = (*readers, reader) if len(readers) < _FEW else dict.fromkeys((*readers, reader))

    def unread_by(self, reader: Node) -> None:
        """Forget a reader, if it is one."""
        readers = self.readers
        if isinstance(readers, dict):
            readers.pop(reader, None)
        elif reader in readers:
            self.readers = tuple(other for other in readers if other is not reader)
