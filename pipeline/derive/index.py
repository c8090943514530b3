"""Which resources of a kind belong to which group, kept up to date one resource at a time. Pure."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from pipeline.model.key import Key


class Index:
    """Groups to sorted keys and back. `update` returns the groups that gained or lost the key."""

    __slots__ = ("_groups", "_members")

    def __init__(self) -> None:
        """Start with no members."""
        self._groups: dict[Hashable, list[Key]] = {}
        self._members: dict[Key, frozenset[Hashable]] = {}

    def update(self, key: Key, groups: Iterable[Hashable]) -> frozenset[Hashable]:
        """Put the key into exactly these groups (none: forget it); return the groups that changed."""
        new = frozenset(groups)
        old = self._members.get(key, frozenset())
        if new == old:
            return frozenset()
        for group in old - new:
            self._remove(group, key)
        for group in new - old:
            insort(self._groups.setdefault(group, []), key)
        if new:
            self._members[key] = new
        else:
            self._members.pop(key, None)
        return new ^ old

    def members(self, group: Hashable) -> tuple[Key, ...]:
        """Return the sorted keys of a group."""
        return tuple(self._groups.get(group, ()))

    def _remove(self, group: Hashable, key: Key) -> None:
        keys = self._groups[group]
        del keys[bisect_left(keys, key)]
        if not keys:
            del self._groups[group]
