"""Which virtual hosts a stream has: those of the route configurations that it was sent. Pure.

Theory of operation. A stream that takes its virtual hosts one by one asks for them once, without names; from then on
they follow the route configurations. A route configuration that is sent, and was not held before, is followed by all of
its hosts, those included that the client has in its books, for it dropped what came before. One that goes takes its
hosts with it. A client that comes back says which hosts it holds, perhaps before it says which route configurations
(`Watch.claims`); the two are compared once both are known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from proxy.xds.leads import newly_led, routes_of
from proxy.xds.message import Message
from proxy.xds.step import Held, Step
from proxy.xds.subscription import Interner, route_of
from proxy.xds.watch import NONE, Watch

_EMPTY: frozenset[str] = frozenset()


class Hosts:
    """The follower: told what happens to routes and listeners, it decides what the watch of virtual hosts lacks."""

    __slots__ = ("_early", "_fresh", "_intern", "_routes", "_watch")

    def __init__(self, intern: Interner) -> None:
        """Start without either watch."""
        self._intern = intern
        self._routes: Watch | None = None
        self._watch: Watch | None = None
        self._early = _EMPTY
        self._fresh = _EMPTY

    def begin(self, watch: Watch, claims: Mapping[str, str]) -> None:
        """Follow for this watch of virtual hosts, whose client says it holds these versions."""
        self._watch = watch
        watch.claims = claims
        self._compare()

    def routes_begin(self, routes: Watch) -> None:
        """The stream has asked for its first route configurations."""
        self._routes = routes
        self._compare()

    def routes_sent(self, message: Message) -> None:
        """A message of route configurations is on its way."""
        added = {move.name for move in message.moves if move.after is not None}
        gone = {move.name for move in message.moves if move.after is None}
        self._fresh |= {move.name for move in message.moves if move.before is None and move.name in added}
        self._change(added, gone, message.since)

    def routes_refused(self, names: Iterable[str], later: Iterable[Message]) -> None:
        """These route configurations are not there after all, unless a later message on its way brings them."""
        self._change((), names, 0)
        for message in later:
            self.routes_sent(message)

    def routes_dropped(self, names: Iterable[str]) -> None:
        """The client asks no more for these route configurations."""
        self._change((), names, 0)

    def listeners_sent(self, message: Message) -> None:
        """A listener that comes to a route configuration that is already there may find it without hosts."""
        watch = self._watch
        if watch is None or self._routes is None:
            self._early |= newly_led(message)
        elif watch.subscription.routes:
            watch.force(_known(watch, newly_led(message) & watch.subscription.routes), message.since)

    def listeners_refused(self, names: Collection[str], later: Iterable[Message]) -> None:
        """These listeners are not there after all; a later message on its way took for granted that they were."""
        watch = self._watch
        if watch is None or not watch.subscription.routes:
            return
        for message in later:
            again = (move.after for move in message.moves if move.name in names and move.after is not None)
            led = frozenset().union(*(routes_of(listener) for listener in again))
            watch.force(_known(watch, led & watch.subscription.routes), message.since)

    def _compare(self) -> None:
        """Take the routes that the client holds, and settle its claims about the rest, once both watches are there."""
        if self._watch is None or self._routes is None:
            return
        lacking = self._routes.behind.held if self._routes.behind else ()
        known = {*self._routes.table.names(self._routes.subscription), *lacking}
        held = frozenset(name for name in known if self._routes.holds(name) is not None)
        watch, wanted = self._watch, self._routes.subscription
        comes_back = bool(watch.claims)
        self._change(held, (), watch.table.revision)
        stray: dict[str, Held] = {
            name: held for name, held in watch.claims.items() if not wanted.selects(route_of(name))
        }
        if stray:
            watch.claims = {name: held for name, held in watch.claims.items() if name not in stray}
            watch.lack(Step(held=stray, since=watch.table.revision))
        if comes_back:
            watch.force(_known(watch, self._early & held), watch.table.revision)
        self._early = _EMPTY

    def _change(self, added: Iterable[str], gone: Iterable[str], since: int) -> None:
        watch = self._watch
        if watch is None or not watch.subscription.star:
            return
        before = watch.subscription.routes or _EMPTY
        lost = frozenset(gone)
        routes = (before | frozenset(added)) - lost
        if lost and watch.claims:
            self._disclaim(watch, lost)
        if routes == before:
            return
        removed = _leave(watch, before - routes)
        watch.subscribe(self._intern(replace(watch.subscription, routes=routes)))
        if removed:
            watch.lack(Step(held=removed, since=since or watch.table.revision))
        _enter(watch, routes - before, self._fresh)

    def _disclaim(self, watch: Watch, lost: frozenset[str]) -> None:
        stale: dict[str, Held] = {name: held for name, held in watch.claims.items() if route_of(name) in lost}
        if stale:
            watch.claims = {name: held for name, held in watch.claims.items() if name not in stale}
            watch.lack(Step(held=stale, since=watch.table.revision))


def _known(watch: Watch, routes: frozenset[str]) -> set[str]:
    """Return the hosts of routes, those included that are gone and the client has not heard of it."""
    lacking = watch.behind.held if watch.behind and routes else ()
    return {*watch.table.hosts(routes), *(name for name in lacking if route_of(name) in routes)}


def _leave(watch: Watch, routes: frozenset[str]) -> dict[str, Held]:
    """Forget the hosts of routes that go; return those that the client has in its books."""
    if not routes:
        return {}
    names = _known(watch, routes) - watch.subscription.names
    held: dict[str, Held] = {name: value for name in sorted(names) if (value := watch.holds(name)) is not None}
    if watch.behind is not None:
        watch.behind = watch.behind.only(lambda name: name not in names)
    for name in names:
        watch.refused.pop(name, None)
    return held


def _enter(watch: Watch, routes: frozenset[str], fresh: frozenset[str]) -> None:
    """Have the hosts of routes that come sent, but for what the client claims to hold of those that are not fresh."""
    if not routes:
        return
    table = watch.table
    if not watch.claims:
        watch.lack(table.recall(("hosts", routes), lambda: (_all_of(watch, routes),))[0])
        return
    whole = routes == watch.subscription.routes and routes.isdisjoint(fresh)
    if whole and watch.claims == table.versions(watch.subscription):  # the usual reconnect, compared at the speed of C
        watch.claims = NONE
        return
    claimed = {name: version for name, version in watch.claims.items() if route_of(name) in routes}
    watch.claims = {name: version for name, version in watch.claims.items() if name not in claimed} or NONE
    for name in table.unknown:
        claimed.pop(name, None)
    present = {name: table.resources[name].version for name in table.hosts(routes)}
    if claimed == present and routes.isdisjoint(fresh):
        return
    forced = frozenset(name for name in {*claimed, *present} if route_of(name) in fresh)
    held: dict[str, Held] = {
        name: claimed.get(name)
        for name in sorted({*claimed, *present})
        if name in forced or claimed.get(name) != present.get(name)
    }
    if held:
        watch.lack(Step(held=held, forced=forced, since=table.revision))


def _all_of(watch: Watch, routes: frozenset[str]) -> Step | None:
    held: dict[str, Held] = dict.fromkeys(watch.table.hosts(routes))
    return Step(held=held, forced=frozenset(held), since=watch.table.revision) if held else None
