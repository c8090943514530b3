"""What a client asks for of one type: a pure value, and the edits that requests make to it.

Theory of operation (xDS protocol, "How the client specifies what resources to return"):

| request                                     | delta                  | state of the world        |
|---------------------------------------------|------------------------|---------------------------|
| first, no names, clusters, listeners, hosts | wildcard (legacy)      | wildcard (legacy)         |
| first, no names, other types                | nothing                | nothing                   |
| first, only unsubscribes                    | nothing                | -                         |
| `*` among the names                         | wildcard and the names | wildcard and the names    |
| later, no names, still legacy               | no edit                | wildcard                  |
| later, no names, not legacy                 | no edit                | nothing                   |
| unsubscribe `*`                             | the wildcard ends      | no longer among the names |
| unsubscribe an unknown name                 | ignored                | -                         |

Virtual hosts are special: their wildcard means the hosts of the route configurations that the stream has (`routes`),
which `proxy.xds.session.Session` keeps up to date as route configurations are sent.

Subscriptions are interned (`Interner`), so that streams that ask for the same share one object, and what was made for
one of them is found for all by identity.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias
from weakref import WeakValueDictionary

from proxy.resource_type import ResourceType

WILDCARD = "*"
MOST_NAMES = 100_000
"""Names that a stream may ask for of a type, and that one request may have."""
_WITH_WILDCARD = (ResourceType.CLUSTER, ResourceType.LISTENER, ResourceType.VIRTUAL_HOST)


def route_of(host: str) -> str:
    """Return the route configuration of a virtual host's resource name: all before the last slash, as Envoy has it."""
    return host.rpartition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Subscription:
    """Whether everything is asked for (`star`), what is asked for by name, and of virtual hosts, of which routes.

    `legacy` says that the wildcard came from a request without names and no name was ever given.
    """

    star: bool = False
    legacy: bool = False
    names: frozenset[str] = frozenset()
    routes: frozenset[str] | None = None

    def selects(self, name: str) -> bool:
        """Whether the resource is asked for."""
        if name in self.names:
            return True
        return self.star and (self.routes is None or route_of(name) in self.routes)


_Parts: TypeAlias = tuple[bool, bool, frozenset[str], frozenset[str] | None]


class Interner:
    """Gives equal subscriptions one object, for as long as somebody holds it."""

    def __init__(self) -> None:
        """Start with none."""
        self._known: WeakValueDictionary[_Parts, Subscription] = WeakValueDictionary()

    def __len__(self) -> int:
        """Return how many different subscriptions are held."""
        return len(self._known)

    def __call__(self, subscription: Subscription) -> Subscription:
        """Return the one object that equals the subscription."""
        parts = (subscription.star, subscription.legacy, subscription.names, subscription.routes)
        return self._known.setdefault(parts, subscription)


def first_delta(type_: ResourceType, subscribe: Collection[str], unsubscribe: Collection[str]) -> Subscription:
    """Return the subscription that the first delta request of a type makes."""
    routes: frozenset[str] | None = frozenset() if type_ is ResourceType.VIRTUAL_HOST else None
    if not subscribe and not unsubscribe and type_ in _WITH_WILDCARD:
        return Subscription(star=True, legacy=True, routes=routes)
    return edit_delta(Subscription(routes=routes), subscribe, unsubscribe)


def edit_delta(before: Subscription, subscribe: Collection[str], unsubscribe: Collection[str]) -> Subscription:
    """Return the subscription after a later delta request; the same object where nothing was edited."""
    if not subscribe and not unsubscribe:
        return before
    names = _without_star((before.names | frozenset(subscribe)) - frozenset(unsubscribe))
    star = (before.star or WILDCARD in subscribe) and WILDCARD not in unsubscribe
    return replace(before, star=star, legacy=False, names=names)


def first_sotw(type_: ResourceType, names: Collection[str]) -> Subscription:
    """Return the subscription that the first state-of-the-world request of a type makes."""
    if not names and type_ in _WITH_WILDCARD:
        return Subscription(star=True, legacy=True)
    return Subscription(star=WILDCARD in names, names=_without_star(names))


def edit_sotw(before: Subscription, names: Collection[str]) -> Subscription:
    """Return the subscription after a later state-of-the-world request, which lists all names anew."""
    if before.legacy and not names:
        return before
    return Subscription(star=WILDCARD in names, names=_without_star(names))


def _without_star(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names) - {WILDCARD}
