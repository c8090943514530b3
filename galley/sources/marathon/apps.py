"""`MarathonApps`: a Marathon, followed by its stream of events.

An event is a hint which app to ask for; the answer is the truth. Everything is asked for when a stream opens, since
there is no way to hear what was missed, when an event names no app, and now and then. One question is asked at a time:
an answer that was under way when an event came is never taken after the one that the event led to.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import orjson

from galley.sources.backoff import jittered
from galley.sources.marathon.app import App, account_of
from galley.sources.platform.account import unusable
from galley.sources.platform.answer import MOST_SERVICES, parsed
from galley.sources.platform.client import connected
from galley.sources.platform.dirty import Dirty
from galley.sources.platform.lines import lines_of
from galley.sources.platform.lost import Lost, Refused, Unusable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from galley.settings.marathon import MarathonSettings
    from galley.sources.platform.client import Client
    from galley.sources.platform.telling import Telling

EVERY: Final = 60.0
"""Seconds between two looks at everything while there is a stream."""

POLL: Final = 10.0
"""Seconds between two looks where there is none."""

OPENING: Final = 2.0
SILENCE: Final = 75.0
PAUSE: Final = 0.2
"""Seconds after a look at everything in which no other begins."""

EVERYTHING: Final = ""
_FIELDS: Final = (b"data:", b"event:", b"id:", b"retry:", b":")
_SCHEME: Final = "token="
_LARGEST_EVENT: Final = 8 << 20
_OF_NO_APP: Final = frozenset(
    {
        "event_stream_attached",
        "event_stream_detached",
        "framework_message_event",
        "subscribe_event",
        "unsubscribe_event",
    }
)


class MarathonApps:
    """One Marathon."""

    def __init__(self, settings: MarathonSettings) -> None:
        """Take the settings."""
        self._settings = settings

    @property
    def location(self) -> str:
        """See `galley.sources.platform.source.Followed.location`."""
        return self._settings.address

    async def follow(self, telling: Telling) -> None:
        """See `galley.sources.platform.source.Followed.follow`."""
        async with connected(self._settings, "Authorization", token_prefix=_SCHEME, connections=4) as client:
            await _Session(self._settings, client, telling).run()


class _Session:
    """One connection to a Marathon, until it is lost."""

    def __init__(self, settings: MarathonSettings, client: Client, telling: Telling) -> None:
        self._settings = settings
        self._client = client
        self._telling = telling
        self._dirty: Dirty[str] = Dirty()
        self._streaming = False
        self._decided = asyncio.Event()

    async def run(self) -> None:
        """Open the stream, then list everything, so that nothing falls between; then follow it."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_stream())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(OPENING):
                    await self._decided.wait()
            await self._list()
            tasks.create_task(self._dirty.work(self._look))
            while True:
                await asyncio.sleep(jittered(EVERY if self._streaming else POLL))
                await self._dirty.mark([EVERYTHING])

    async def _look(self, place: str) -> None:
        """Ask for an app, or for everything."""
        if place == EVERYTHING:
            await self._list()
            await asyncio.sleep(PAUSE)
            return
        try:
            with self._telling.fetching():
                answer = await self._client.get(f"/v2/apps/{quote(place)}", {"embed": "app.tasks"})
        except Refused:
            # It is gone, or something is wrong; the list knows.
            await self._dirty.mark([EVERYTHING])
            return
        except Unusable as error:
            self._say_unusable(place, error)
            return
        self._take(answer.data.get("app") if isinstance(answer.data, dict) else None, place)
        self._telling.well()

    async def _list(self) -> None:
        """Ask for everything."""
        address = self._settings.address
        try:
            with self._telling.fetching():
                answer = await self._client.get("/v2/apps", {"embed": "apps.tasks"})
        except Unusable as error:
            raise Lost(f"{address}: {error}") from None
        apps = answer.data.get("apps") if isinstance(answer.data, dict) else None
        if not isinstance(apps, list) or len(apps) > MOST_SERVICES:
            raise Lost(f"{address} gives no list of apps, or one of more than {MOST_SERVICES}")
        places = {self._take(app, "") for app in apps}
        # An app that does not say which it is may be any of those that are missing.
        self._telling.listed(self._telling.places if "" in places else places)
        self._telling.trouble("list", f"{address} lists an app without an id" if "" in places else "")
        self._telling.well()

    def _take(self, raw: object, place: str) -> str:
        """Say what an app is now; return its place, empty where it does not say which it is."""
        identity = raw.get("id") if isinstance(raw, dict) else None
        if isinstance(identity, str) and identity.strip("/"):
            place = identity.strip("/")
        if place:
            try:
                self._telling.say(place, account_of(parsed(App, raw), self._settings, self._telling.home))
            except Unusable as error:
                self._say_unusable(place, error)
        return place

    def _say_unusable(self, place: str, why: Unusable) -> None:
        self._telling.say(place, unusable(self._telling.home, place, self._settings.address, why))

    async def _follow_stream(self) -> None:
        """Mark what events are about; return where there is no stream."""
        query = {"plan-format": "light"}
        try:
            async with self._client.stream("/v2/events", query, accept="text/event-stream") as response:
                _check(response)
                self._streaming = True
                self._decided.set()
                async for event in _events(response, self._telling):
                    await self._dirty.mark(_about(event))
        except (Refused, Unusable) as error:
            self._decided.set()
            self._telling.trouble("stream", f"no stream of events, so everything is asked for instead: {error}")
            return
        raise Lost(f"{self._settings.address} ended the stream of events")


def _check(response: httpx.Response) -> None:
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        raise Unusable("/v2/events is no stream of events")


async def _events(response: httpx.Response, telling: Telling) -> AsyncIterator[Any]:
    """Give the data of each server-sent event. A line without a field keeps the connection alive, and says so."""
    data = bytearray()
    async for line in lines_of(response, SILENCE):
        text = line.rstrip(b"\r")
        if text and not text.startswith(_FIELDS):
            raise Lost("what comes as a stream of events is none")
        telling.well()
        if text.startswith(b"data:"):
            data += b"\n" + text[5:]
            if len(data) > _LARGEST_EVENT:
                raise Lost(f"an event of more than {_LARGEST_EVENT >> 20} MiB came")
        elif not text and data:
            try:
                yield orjson.loads(data)
            except orjson.JSONDecodeError:
                raise Lost("an event came that is no JSON") from None
            data.clear()


def _about(event: object) -> list[str]:
    """Return the places that an event is about: of an app, of none, or of nobody knows which."""
    if not isinstance(event, dict):
        return [EVERYTHING]
    definition = event.get("appDefinition")
    named = (
        event.get("appId"),
        event.get("runSpecId"),
        definition.get("id") if isinstance(definition, dict) else None,
    )
    for name in named:
        if isinstance(name, str) and (place := name.strip("/")):
            return [place]
    return [] if event.get("eventType") in _OF_NO_APP else [EVERYTHING]
