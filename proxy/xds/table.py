"""What one scope sees of one type, and the watches on it, grouped by what they ask for. Pure.

Theory of operation. A table holds the present resources only; what a client holds instead is in its watch's step.
`publish` replaces resources, makes one step of it, and hands each group of watches with the same subscription its part,
so that a change costs the groups and the watches that it touches. Everything made from the table until the next change
(selections, messages) is kept in `memo`, by identity, and shared by the watches in the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from proxy.encoded import Encoded
from proxy.resource_type import ResourceType
from proxy.xds.step import Step
from proxy.xds.subscription import Subscription, route_of

if TYPE_CHECKING:
    from proxy.xds.watch import Watch

T = TypeVar("T")
_MEMO_LIMIT = 256


class Table:
    """Resources by name, and who watches them; `unknown` are names whose resource could not be made."""

    __slots__ = ("_groups", "_hosts", "memo", "resources", "revision", "type", "unknown")

    def __init__(self, type_: ResourceType, resources: Iterable[Encoded] = (), revision: int = 0) -> None:
        """Start with these resources."""
        self.type = type_
        self.revision = revision
        self.resources: dict[str, Encoded] = {}
        self.unknown: set[str] = set()
        self.memo: dict[Hashable, Any] = {}
        self._groups: dict[Subscription, dict[Watch, None]] = {}
        self._hosts: dict[str, dict[str, None]] = {}
        for resource in resources:
            self._put(resource.name, resource)

    def publish(self, changes: Mapping[str, Encoded | None], revision: int) -> list[Watch]:
        """Replace resources (None: gone); return the watches that are touched, each now behind."""
        self.revision = revision
        held = {}
        for name, new in changes.items():
            old = self.resources.get(name)
            if old != new:
                held[name] = old
                self._put(name, new)
        if not held:
            return []
        self.memo = {}
        touched: list[Watch] = []
        step = Step(held=held, since=revision)
        for subscription, watches in self._groups.items():
            part = step.only(subscription.selects)
            if part is not None:
                _hand_out(part, watches)
                touched.extend(watches)
        return touched

    def _put(self, name: str, resource: Encoded | None) -> None:
        if resource is None:
            del self.resources[name]
        else:
            self.resources[name] = resource
        if self.type is ResourceType.VIRTUAL_HOST:
            hosts = self._hosts.setdefault(route_of(name), {})
            if resource is None:
                del hosts[name]
            else:
                hosts[name] = None

    # -- what a subscription selects ----------------------------------------------------------------------------------

    def names(self, subscription: Subscription) -> Iterable[str]:
        """Return the names that are here and asked for, sorted."""
        found: set[str] = {name for name in subscription.names if name in self.resources}
        if subscription.star and subscription.routes is None:
            found.update(self.resources)
        elif subscription.star:
            found.update(self.hosts(subscription.routes or ()))
        return sorted(found)

    def hosts(self, routes: Iterable[str]) -> Iterable[str]:
        """Return the names of the virtual hosts of route configurations."""
        return (name for route in routes for name in self._hosts.get(route, ()))

    def versions(self, subscription: Subscription) -> dict[str, str]:
        """Return the versions of what is here and asked for; treat it as immutable."""
        return self.recall(
            ("versions", id(subscription)),
            lambda: (subscription, {name: self.resources[name].version for name in self.names(subscription)}),
        )[1]

    def everything(self, subscription: Subscription) -> Step | None:
        """Return the step of a client that holds nothing, what it named being answered; None where nothing is there."""
        return self.recall(("everything", id(subscription)), lambda: (subscription, self._step(subscription)))[1]

    def _step(self, subscription: Subscription) -> Step | None:
        names = self.names(subscription)
        if not names:
            return None
        asked = subscription.names.intersection(names)
        return Step(held=dict.fromkeys(names), forced=asked, since=self.revision)

    def recall(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what was made for the key since the last change, or make it.

        What is made must hold the objects whose ids are in the key. The memo is bounded: it is only a saving.
        """
        found: T | None = self.memo.get(key)
        if found is None:
            if len(self.memo) >= _MEMO_LIMIT:
                self.memo.clear()
            found = self.memo[key] = make()
        return found

    # -- watches ------------------------------------------------------------------------------------------------------

    @property
    def is_watched(self) -> bool:
        """Whether anybody watches."""
        return bool(self._groups)

    def join(self, watch: Watch) -> None:
        """Add a watch to the group of its subscription."""
        self._groups.setdefault(watch.subscription, {})[watch] = None

    def leave(self, watch: Watch) -> None:
        """Remove a watch from the group of its subscription."""
        group = self._groups[watch.subscription]
        del group[watch]
        if not group:
            del self._groups[watch.subscription]


def _hand_out(part: Step, watches: Iterable[Watch]) -> None:
    merged: dict[int, tuple[Step, Step]] = {}
    for watch in watches:
        before = watch.behind
        if before is None:
            watch.behind = part
        else:
            known = merged.get(id(before))
            if known is None:
                known = merged[id(before)] = (before, before.then(part))
            watch.behind = known[1]
