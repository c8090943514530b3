"""What a rule may read, every read being tracked. Pure: a protocol only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from pipeline.model.key import Key
    from pipeline.model.resource import Resource

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")

Rule: TypeAlias = "Callable[[View, K], V]"
"""A pure, total, deterministic function of what it reads through the view, and of its key."""

Extract: TypeAlias = "Callable[[View, Key], Iterable[Hashable]]"
"""A rule that gives the groups in which an index lists a resource (absent: none); it may read rules over it."""


class View(Protocol):
    """Tracked reads. What a rule read through its view is what it is recomputed for, and nothing else."""

    def get(self, key: Key) -> Resource | None:
        """Return the resource, or None; the rule depends on this one resource."""
        ...

    def keys(self, kind: str) -> tuple[Key, ...]:
        """Return the sorted keys of a kind; the rule depends on which there are, not on what they say."""
        ...

    def lookup(self, extract: Extract, kind: str, group: Hashable) -> tuple[Key, ...]:
        """Return the sorted keys of a kind that `extract` puts into a group; the rule depends on that group alone."""
        ...

    def input(self, name: Hashable) -> Any:  # noqa: ANN401  an input's type is its owner's affair
        """Return an input that is no resource (a setting), or None; the rule depends on it."""
        ...

    def derive(self, rule: Rule[K, V], key: K) -> V:
        """Return another rule's result, computed at most once; the rule depends on the result's value."""
        ...
