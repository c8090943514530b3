"""A table in which every entry has an owner, and several owners may have the same key. Pure state.

What a key gives does not depend on the order in which owners came: the entries are those of all its owners, the owner
that sorts first in front. So a table that was edited equals one that is built anew.
"""

from bisect import insort
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Owner = tuple[int, str, str, str]
"""A rank, the smaller the more it counts, and the key of a configuration object."""


class Owned(Generic[K, V]):
    """Values by key, each with its owner."""

    def __init__(self) -> None:
        self._entries: dict[K, list[tuple[Owner, int, V]]] = {}

    def add(self, key: K, owner: Owner, values: tuple[V, ...]) -> None:
        """Puts an owner's values under a key, in their order."""
        entries = self._entries.setdefault(key, [])
        for number, value in enumerate(values):
            insort(entries, (owner, number, value), key=lambda entry: entry[:2])

    def remove(self, key: K, owner: Owner) -> None:
        """Takes an owner's values from under a key."""
        entries = [entry for entry in self._entries.get(key, ()) if entry[0] != owner]
        if entries:
            self._entries[key] = entries
        else:
            self._entries.pop(key, None)

    def get(self, key: K) -> tuple[V, ...]:
        """The values under a key, the first owner's first."""
        return tuple(value for _, _, value in self._entries.get(key, ()))

    def best(self, key: K) -> tuple[V, ...]:
        """The values under a key whose owners' rank is the lowest there is."""
        lowest = self.rank(key)
        return tuple(value for owner, _, value in self._entries.get(key, ()) if owner[0] == lowest)

    def rank(self, key: K) -> int | None:
        """The lowest rank under a key."""
        entries = self._entries.get(key)
        return entries[0][0][0] if entries else None

    def __len__(self) -> int:
        return len(self._entries)
