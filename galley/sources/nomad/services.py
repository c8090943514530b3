"""`NomadServices`: the services that a Nomad cluster keeps, followed by its event stream.

An event is a hint which service to ask for; the answer is the truth. Where the stream is refused (a token that may not,
a proxy between), the list of services is waited for instead, and everything is asked for when its index moves. The same
is done now and then while there is a stream, because a stream forgets what is older than its buffer.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

import orjson

from galley.sources.backoff import jittered
from galley.sources.nomad.registrations import account_of, place_of
from galley.sources.platform.account import unusable
from galley.sources.platform.answer import MOST_SERVICES
from galley.sources.platform.client import connected
from galley.sources.platform.dirty import Dirty
from galley.sources.platform.index import check_leader, index_of, next_index
from galley.sources.platform.lines import lines_of
from galley.sources.platform.lost import Lost, Refused, Unusable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from galley.settings.nomad import NomadSettings
    from galley.sources.platform.client import Client
    from galley.sources.platform.telling import Telling

AT_ONCE: Final = 8
"""Requests at once while many services are asked for."""

AUDIT_EVERY: Final = 60.0
"""Seconds between two looks at the list's index beside the stream."""

LIST_WAIT: Final = 15.0
"""Seconds that the list is waited for where there is no stream."""

OPENING: Final = 2.0
"""Seconds that the list waits for the stream to open: Nomad says something at once."""

_NEVER: Final = -1

SILENCE: Final = 75.0
"""Seconds without a byte after which a stream is given up; Nomad says something every 30."""


class Name(NamedTuple):
    """A service of a namespace."""

    namespace: str
    service: str

    @property
    def place(self) -> str:
        """See `galley.sources.nomad.registrations.place_of`."""
        return place_of(self.namespace, self.service)


class NomadServices:
    """One region of a cluster."""

    def __init__(self, settings: NomadSettings) -> None:
        """Take the settings."""
        self._settings = settings
        self._resume = 0

    @property
    def location(self) -> str:
        """See `galley.sources.platform.source.Followed.location`."""
        namespace = self._settings.nomad_namespace
        parts = (self._settings.region, "" if namespace == "*" else namespace)
        return " ".join((self._settings.address, *(part for part in parts if part)))

    async def follow(self, telling: Telling) -> None:
        """See `galley.sources.platform.source.Followed.follow`."""
        async with connected(self._settings, "X-Nomad-Token", connections=AT_ONCE + 3) as client:
            session = _Session(self._settings, client, telling, self._resume)
            try:
                await session.run()
            finally:
                self._resume = session.index


class _Session:
    """One connection to the agent, until it is lost."""

    def __init__(self, settings: NomadSettings, client: Client, telling: Telling, index: int) -> None:
        self.index = index
        self._settings = settings
        self._client = client
        self._telling = telling
        self._dirty: Dirty[Name] = Dirty()
        self._streaming = False
        self._decided = asyncio.Event()

    async def run(self) -> None:
        """Open the stream, then list everything, so that nothing falls between; then follow it."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_stream())
            for _ in range(AT_ONCE):
                tasks.create_task(self._dirty.work(self._look))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(OPENING):
                    await self._decided.wait()
            index = await self._list_all(_NEVER, 0.0)
            self._telling.well()
            tasks.create_task(self._audit(index))

    def _scope(self) -> dict[str, str]:
        settings = self._settings
        scope = {"region": settings.region} if settings.region else {}
        return scope | ({"stale": ""} if settings.stale else {})

    async def _list_all(self, index: int, wait: float) -> int:
        """Ask for the list, once its index is beyond `index`, and where it is, for all services; return its index."""
        query = {**self._scope(), "namespace": self._settings.nomad_namespace}
        if index > 0 and wait:
            query |= {"index": str(index), "wait": f"{jittered(wait):.0f}s"}
        try:
            answer = await self._client.get("/v1/services", query, wait=1.2 * wait)
        except Unusable as error:
            raise Lost(f"{self._settings.address}: {error}") from None
        if "index" not in query:
            check_leader(answer.headers, "Nomad", self._settings.address)
        at = index_of(answer.headers, "Nomad")
        if at == index:
            return at
        names = _names(answer.data, self._settings.address)
        # What a token may no longer see is missing from the list, and only asking for it says so.
        await self._dirty.mark(sorted(names | {_name(place) for place in self._telling.places}))
        await self._dirty.idle()
        self._telling.listed(self._telling.places)
        return at

    async def _look(self, name: Name) -> None:
        """Ask for one service, and say what it is now."""
        home = self._telling.home
        query = {**self._scope(), "namespace": name.namespace}
        try:
            with self._telling.fetching():
                answer = await self._client.get(f"/v1/service/{quote(name.service, safe='')}", query)
            found = account_of(name.namespace, name.service, answer.data, self._settings, home)
        except Refused:
            self._telling.trouble(name.place, f"the token may not read the service {name.place}; it stays as it was")
            return
        except Unusable as error:
            found = unusable(home, name.place, self._settings.address, error)
        self._telling.trouble(name.place, "")
        self._telling.say(name.place, found)

    async def _follow_stream(self) -> None:
        """Mark what events are about; return where the stream is refused."""
        query = {
            **self._scope(),
            "topic": "Service",
            "namespace": self._settings.nomad_namespace,
            "index": str(self.index),
        }
        try:
            async with self._client.stream("/v1/event/stream", query) as response:
                async for line in lines_of(response, SILENCE):
                    self._streaming = True
                    self._decided.set()
                    await self._take(line)
        except (Refused, Unusable) as error:
            self._decided.set()
            self._telling.trouble("stream", f"no event stream, so the list of services is waited for: {error}")
            return
        raise Lost(f"{self._settings.address} ended the event stream")

    async def _take(self, line: bytes) -> None:
        """Take one line of the stream: some events, or an empty object that only says that it is alive."""
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError:
            raise Lost(f"{self._settings.address} puts something into the event stream that is no JSON") from None
        if not isinstance(said, dict):
            raise Lost(f"{self._settings.address} puts something into the event stream that is no event")
        self._telling.well()
        if isinstance(at := said.get("Index"), int):
            self.index = next_index(self.index, at)
        events = said.get("Events")
        await self._dirty.mark(dict.fromkeys(_about(events if isinstance(events, list) else ())))

    async def _audit(self, index: int) -> None:
        """Follow the list: closely where there is no stream, now and then where there is one."""
        loop = asyncio.get_running_loop()
        while True:
            if self._streaming:
                await asyncio.sleep(jittered(AUDIT_EVERY))
                index = await self._list_all(index, 0.0)
                self._telling.well()
                continue
            begun, before = loop.time(), index
            index = await self._list_all(index, LIST_WAIT)
            self._telling.well()
            # Whatever the answers cost, most of the time is left to others.
            took = loop.time() - begun if index != before else 0.0
            await asyncio.sleep(jittered(max(0.5, 4 * min(took, LIST_WAIT))))


def _about(events: Iterable[Any]) -> Iterable[Name]:
    """Give the services that events are about."""
    for event in events:
        payload = event.get("Payload") if isinstance(event, dict) else None
        service = payload.get("Service") if isinstance(payload, dict) else None
        if isinstance(service, dict):
            name, namespace = service.get("ServiceName"), service.get("Namespace")
            if isinstance(name, str) and name and isinstance(namespace, str) and namespace:
                yield Name(namespace, name)


def _names(data: object, address: str) -> set[Name]:
    """Return the services of a list; raise Lost where it is none."""
    found: set[Name] = set()
    for group in data if isinstance(data, list) else (None,):
        namespace = group.get("Namespace") if isinstance(group, dict) else None
        services = group.get("Services") if isinstance(group, dict) else None
        if not isinstance(namespace, str) or not isinstance(services, list):
            raise Lost(f"{address} gives no list of services")
        for service in services:
            name = service.get("ServiceName") if isinstance(service, dict) else None
            if not isinstance(name, str) or not name:
                raise Lost(f"{address} gives no list of services")
            found.add(Name(namespace, name))
    if len(found) > MOST_SERVICES:
        raise Lost(f"{address} has more than {MOST_SERVICES} services")
    return found


def _name(place: str) -> Name:
    name, _, namespace = place.partition("/")
    return Name(namespace or "default", name)
