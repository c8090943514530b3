"""`ConsulCatalogue`: a Consul agent, followed by blocking queries.

The list of services tells of new names. A service is watched by a blocking query of its own, which answers the moment
that anything of it changes. An agent takes a limited number of connections from one client (200, by default), so only
`watches` services have such a query: those that changed last. Of the others, those are asked about again whose checks
changed, by one blocking query for all checks; and all of them when the index of the catalogue says that something
somewhere changed, at a pace that costs neither side much.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from galley.sources.backoff import Backoff, jittered
from galley.sources.consul.checks import Checks, changed_services, checks_of
from galley.sources.consul.health import account_of
from galley.sources.platform.account import unusable
from galley.sources.platform.answer import MOST_SERVICES
from galley.sources.platform.client import Client, connected
from galley.sources.platform.index import check_leader, index_of, next_index
from galley.sources.platform.lost import Lost, Unusable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from galley.settings.consul import ConsulSettings
    from galley.sources.platform.telling import Telling

LIST_WAIT: Final = 15.0
"""Seconds that the list of services is waited for: how long an agent can be gone before that is noticed."""

SERVICE_WAIT: Final = 300.0
SWEEP_EVERY: Final = 300.0
"""Seconds after which services without a watch are asked again, whatever the indexes say."""

AT_ONCE: Final = 16
"""Requests at once while many services are asked."""

_OTHER_WATCHES: Final = 2
_HEADER: Final = "X-Consul-Token"
_SOON: Final = 0.1
_PAUSE: Final = 0.02


class Reply(NamedTuple):
    """An answer, the index that it is at, and whether something was left out of it that the token may not see."""

    data: Any
    at: int
    filtered: bool


@dataclass(slots=True)
class _Service:
    index: int = 0
    changed: float = 0.0
    asked: bool = False
    again: bool = False
    watch: asyncio.Task[None] | None = None


class ConsulCatalogue:
    """One datacentre (namespace, partition) of one agent."""

    def __init__(self, settings: ConsulSettings) -> None:
        """Take the settings."""
        self._settings = settings

    @property
    def location(self) -> str:
        """See `galley.sources.platform.source.Followed.location`."""
        parts = (self._settings.datacenter, self._settings.partition, self._settings.consul_namespace)
        return " ".join((self._settings.address, *(part for part in parts if part)))

    async def follow(self, telling: Telling) -> None:
        """See `galley.sources.platform.source.Followed.follow`."""
        # A pool is searched for each request, so the many that wait are kept apart from the few that work.
        async with (
            connected(self._settings, _HEADER, connections=self._settings.watches + _OTHER_WATCHES) as waiting,
            connected(self._settings, _HEADER, connections=AT_ONCE) as working,
        ):
            await _Session(self._settings, waiting, working, telling).run()


class _Session:
    """One connection to the agent, until it is lost."""

    def __init__(self, settings: ConsulSettings, waiting: Client, working: Client, telling: Telling) -> None:
        self._settings = settings
        self._waiting = waiting
        self._working = working
        self._telling = telling
        self._services: dict[str, _Service] = {}
        self._hint = asyncio.Event()

    async def run(self) -> None:
        """List everything, then follow it."""
        listed = await self._list(0, 0.0)
        # What a token may no longer see is missing from the list, and only the service's own answer says so.
        names = listed.data | self._telling.places if listed.filtered else listed.data
        await self._look_all(names)
        self._telling.listed({*self._services, *self._telling.troubled})
        self._telling.well()
        async with asyncio.TaskGroup() as tasks:
            for name in sorted(self._services)[: self._settings.watches]:
                self._services[name].watch = tasks.create_task(self._watch(name))
            tasks.create_task(self._follow_list(listed.at, tasks))
            tasks.create_task(self._follow_checks(tasks))
            tasks.create_task(self._sweep_on_hints(tasks))

    async def _ask(self, path: str, index: int, wait: float, **more: str) -> Reply:
        query = {key: value for key, value in self._scope().items() if value} | more
        if index:
            query |= {"index": str(index), "wait": f"{jittered(wait):.0f}s"}
        # Consul adds up to a sixteenth to the time that it waits.
        client = self._waiting if index else self._working
        answer = await client.get(path, query, wait=wait * 1.2 if index else 0.0)
        # An answer that was waited for has lost what its headers say of this: Consul forgets it when it looks again.
        if not index:
            check_leader(answer.headers, "Consul", self._settings.address)
        filtered = answer.headers.get("x-consul-results-filtered-by-acls", "") == "true"
        return Reply(answer.data, index_of(answer.headers, "Consul"), filtered)

    def _scope(self) -> dict[str, str]:
        settings = self._settings
        scope = {"dc": settings.datacenter, "ns": settings.consul_namespace, "partition": settings.partition}
        return scope | ({"stale": "true"} if settings.stale else {})

    async def _list(self, index: int, wait: float) -> Reply:
        """Return the names of all services."""
        try:
            reply = await self._ask("/v1/catalog/services", index, wait)
        except Unusable as error:
            raise Lost(f"{self._settings.address}: {error}") from None
        if not isinstance(reply.data, dict) or len(reply.data) > MOST_SERVICES:
            raise Lost(f"{self._settings.address} gives no list of services, or one of more than {MOST_SERVICES}")
        return reply._replace(data=reply.data.keys() - set(self._settings.exclude))

    async def _look_all(self, names: Iterable[str]) -> set[str]:
        """Ask about services, some at once; return those that changed."""
        left, changed = iter(sorted(names)), set()

        async def work() -> None:
            for name in left:
                if await self._look(name, 0, 0.0):
                    changed.add(name)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(work())
        return changed

    async def _look(self, name: str, index: int, wait: float) -> bool:
        """Ask about a service, with an index once something changes; say what is new. Return whether there was news."""
        state = self._services.setdefault(name, _Service())
        if state.asked:
            state.again = state.watch is None  # what is under way may have been answered before this was asked
            return False
        news = await self._look_once(name, state, index, wait)
        while state.again:
            state.again = False
            news |= await self._look_once(name, state, 0, 0.0)
        return news

    async def _look_once(self, name: str, state: _Service, index: int, wait: float) -> bool:
        state.asked = True
        try:
            path = f"/v1/health/service/{quote(name, safe='')}"
            reply = await self._ask(path, index, wait)
            if index and reply.data == []:
                # Gone, hidden, or unknown to a server without a leader: only an answer that did not wait tells which.
                reply = await self._ask(path, 0, 0.0)
            return self._take(name, state, reply)
        except Unusable as error:
            state.index = 0
            self._telling.say(name, unusable(self._telling.home, name, self._settings.address, error))
            return False
        finally:
            state.asked = False

    def _take(self, name: str, state: _Service, reply: Reply) -> bool:
        """Say what an answer says, unless it is the one that was there before; raise Unusable."""
        if state.index and reply.at == state.index:
            return False
        found = account_of(name, reply.data, self._settings, self._telling.home)
        hidden = found is None and reply.filtered
        self._telling.trouble(name, f"the token may not read the service {name}; it stays as it was" if hidden else "")
        if found is None:
            self._services.pop(name, None)
        else:
            state.index = next_index(state.index, reply.at)
            state.changed = asyncio.get_running_loop().time()
        if not hidden:
            self._telling.say(name, found)
        return True

    async def _watch(self, name: str) -> None:
        """Follow one service until it is gone."""
        backoff, loop = Backoff(), asyncio.get_running_loop()
        while (state := self._services.get(name)) is not None:
            begun = loop.time()
            if await self._look(name, state.index, SERVICE_WAIT):
                backoff.reset()
                await asyncio.sleep(_PAUSE)
            elif loop.time() < begun + _SOON:
                # It neither waited nor had news: whoever answers does not honour the index, or nothing usable.
                await asyncio.sleep(backoff.pause())

    async def _follow_list(self, index: int, tasks: asyncio.TaskGroup) -> None:
        backoff, loop = Backoff(), asyncio.get_running_loop()
        again = loop.time() + LIST_WAIT
        while True:
            begun = loop.time()
            reply = await self._list(index, LIST_WAIT)
            # Rights change without an index, and a query that waits for what became hidden waits on.
            hidden = self._telling.troubled if loop.time() > again else frozenset()
            if hidden:
                again = loop.time() + LIST_WAIT
            await self._confirm(self._services.keys() - reply.data)
            await self._catch_up((reply.data - self._services.keys()) | hidden, tasks)
            self._telling.well()
            if reply.at != index:
                self._hint.set()
                backoff.reset()
                await asyncio.sleep(_PAUSE)
            elif loop.time() < begun + _SOON:
                await asyncio.sleep(backoff.pause())
            index = next_index(index, reply.at)

    async def _confirm(self, names: Iterable[str]) -> None:
        """Ask about services that the list has no longer, whoever waits for them."""
        for name in sorted(names):
            state = self._services.get(name)
            if state is None:
                continue
            with self._telling.fetching():
                if state.watch is not None:
                    state.watch.cancel()
                    state.watch = None
                state.asked = False
                state.index = 0
                await self._look(name, 0, 0.0)

    async def _follow_checks(self, tasks: asyncio.TaskGroup) -> None:
        """Ask about the services without a watch whose checks changed, which is nearly all that ever changes."""
        loop, index = asyncio.get_running_loop(), 0
        before: Checks | None = None
        while True:
            if not self._unwatched():
                index, before = 0, None
                await asyncio.sleep(jittered(LIST_WAIT))
                continue
            reply = await self._checks(index)
            begun = loop.time()
            if reply.at != index:
                now = checks_of(reply.data)
                changed = changed_services(before, now) if before is not None else None
                before = now
                if changed is None:
                    self._hint.set()
                else:
                    await self._catch_up(changed.intersection(self._unwatched()), tasks)
            index = next_index(index, reply.at)
            await asyncio.sleep(max(_SOON, loop.time() - begun))

    async def _checks(self, index: int) -> Reply:
        try:
            return await self._ask("/v1/health/state/any", index, SERVICE_WAIT)
        except Unusable as error:
            raise Lost(f"{self._settings.address}: {error}") from None

    async def _catch_up(self, names: Iterable[str], tasks: asyncio.TaskGroup) -> None:
        """Ask about services without a watch, and watch those that changed."""
        with self._telling.fetching():
            changed = await self._look_all(names)
        self._promote(sorted(changed & self._services.keys()), tasks)

    async def _sweep_on_hints(self, tasks: asyncio.TaskGroup) -> None:
        """Ask about all services without a watch when nobody says which changed, taking a quarter of the time."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout(jittered(SWEEP_EVERY)):
                    await self._hint.wait()
            except TimeoutError:
                pass
            self._hint.clear()
            begun = loop.time()
            await self._catch_up(self._unwatched(), tasks)
            await asyncio.sleep(max(1.0, 3 * (loop.time() - begun)))

    def _unwatched(self) -> list[str]:
        return [name for name, state in self._services.items() if state.watch is None or state.watch.done()]

    def _promote(self, names: Iterable[str], tasks: asyncio.TaskGroup) -> None:
        """Watch services that changed just now, as many as may be, in the place of those that changed longest ago."""
        unwatched = frozenset(self._unwatched())
        watched = [state for name, state in self._services.items() if name not in unwatched]
        chosen = [name for name in names if name in unwatched][: self._settings.watches]
        excess = max(0, len(watched) + len(chosen) - self._settings.watches)
        for state in sorted(watched, key=lambda one: one.changed)[:excess]:
            assert state.watch is not None
            state.watch.cancel()
            state.watch = None
        for name in chosen:
            self._services[name].watch = tasks.create_task(self._watch(name))
