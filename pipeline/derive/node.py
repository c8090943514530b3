"""The nodes of the graph: inputs, index groups and memoised results. Pure data, mutated by the graph alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable

UNSET: Any = object()
"""The value of an input that nobody has read yet."""

DROPPED: Any = object()
"""The value of a transient result between two settles: it is made again when somebody reads it."""


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
        self.readers: dict[Node, None] = {}
        self.observed = 0
        self.dirty = False
