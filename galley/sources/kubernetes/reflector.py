"""`Reflector`: keeps what a server has at one path in step, by listing once and watching from there.

Theory of operation. The first state comes by a watch that begins with it (`sendInitialEvents`) where the server
offers that, else by a list in pages. From then on the resource version is where we are: a watch that ends, for whatever
reason, is taken up there, and only where the server says that this is too old (410) is the path listed again. Bookmarks
move the version on while nothing happens. Every failure waits, longer each time and never in step with others'.
Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, Protocol, TypeVar

import orjson

from galley.sources.backoff import Backoff
from galley.sources.kubernetes.api import SMALL, refusal_of
from galley.sources.kubernetes.failure import Refusal, Undecodable, Unreachable
from galley.sources.kubernetes.shallow import shallow_event, shallow_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from galley.sources.kubernetes.api import Api, Tree
    from galley.sources.kubernetes.health import Health

SEVERAL: Final = 20
"""Objects that are read at once; more go to a thread."""

PAGE: Final = 500
"""Objects of a page of a list."""

SHORTEST: Final = 240
"""Seconds after which the server ends a watch at the earliest; up to half as many more, so that they end apart."""

PATIENCE: Final = 3
"""How often a server may ask us to come back later before that is called a failure; a new kind's store does so."""

LIVED: Final = 5.0
"""Seconds that a watch must have lasted for the next failure to count as a first one."""

_INITIAL_END: Final = "k8s.io/initial-events-end"


T = TypeVar("T")


class Hearer(Protocol[T]):
    """Who is told of the objects; never called after the reflector's end."""

    def read(self, tree: Tree) -> T:
        """Return what is kept of an object; pure, since it may run in a thread."""
        ...

    def replace(self, objects: list[T]) -> None:
        """Take all that there is."""
        ...

    def put(self, one: T) -> None:
        """Take an object as it is now."""
        ...

    def remove(self, tree: Tree) -> None:
        """Take note that an object is gone."""
        ...

    def forbidden(self) -> None:
        """Take note that we may not know."""
        ...


class Streaming:
    """Whether an API server begins watches with the state: true until it says no. Shared by its reflectors."""

    def __init__(self, *, offered: bool = True) -> None:
        """Begin with hope."""
        self.offered = offered


class Reflector(Generic[T]):
    """One path of one API server."""

    def __init__(
        self,
        api: Api,
        path: str,
        hearer: Hearer[T],
        health: Health,
        *,
        query: Mapping[str, str] | None = None,
        lists: asyncio.Semaphore | None = None,
        streaming: Streaming | None = None,
    ) -> None:
        """Tell the hearer of what is at the path; `lists` bounds how many list at a time."""
        self._api = api
        self._path = path
        self._hearer = hearer
        self._health = health
        self._query = dict(query or {})
        self._lists = lists or asyncio.Semaphore(1)
        self._streaming = streaming or Streaming()
        self._version = ""
        self._page = PAGE
        self._backoff = Backoff()
        self._busy = 0

    async def run(self) -> None:
        """Keep in step, until cancelled."""
        try:
            while True:
                await self._once()
        finally:
            self._health.gone(self._path)

    async def _once(self) -> None:
        """List if need be, watch as long as that goes, and wait after a failure."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            if self._version:
                await self._watch()
            elif self._streaming.offered:
                await self._stream()
            else:
                await self._list()
        except Refusal as refusal:
            await self._take(refusal, lasted=loop.time() - begun)
        except Unreachable as error:
            await self._wait(str(error), lasted=loop.time() - begun)
        else:
            if loop.time() - begun < 1:  # a server that ends watches at once must not be asked in a loop
                await asyncio.sleep(self._backoff.pause())

    async def _take(self, refusal: Refusal, lasted: float) -> None:
        """Do what a refusal asks for."""
        if refusal.is_expired:
            fresh, self._version = bool(self._version), ""
            await asyncio.sleep(self._backoff.pause() if fresh else self._backoff.pause(refusal.after))
        elif refusal.is_unsupported and self._streaming.offered and not self._version:
            self._streaming.offered = False
        elif refusal.status == HTTPStatus.TOO_MANY_REQUESTS and self._busy < PATIENCE:
            self._busy += 1
            await asyncio.sleep(self._backoff.pause(refusal.after))
        else:
            if refusal.is_forbidden:
                self._hearer.forbidden()
            what = "are not to be had" if refusal.is_forbidden else "cannot be watched"
            await self._wait(f"{self._path} {what}: {refusal}", lasted, refusal.after)

    async def _wait(self, trouble: str, lasted: float, asked: float = 0.0) -> None:
        if lasted > LIVED:
            self._backoff.reset()
        pause = self._backoff.pause(asked)
        self._health.failing(self._path, trouble, pause)
        await asyncio.sleep(pause)

    # ------------------------------------------------------------------------------------------------------- listing

    async def _list(self) -> None:
        """List in pages; only a whole list is believed."""
        found: list[T] = []
        query = dict(self._query)
        async with self._lists:
            while True:
                answer = await self._get_page(query)
                metadata = answer.get("metadata") or {}
                found += await self._read(answer.get("items") or [])
                if not metadata.get("continue"):
                    break
                query["continue"] = str(metadata["continue"])
            self._hearer.replace(found)
        self._settle(str(metadata.get("resourceVersion") or ""))

    async def _get_page(self, query: dict[str, str]) -> Tree:
        """Return a page; one that cannot be parsed is asked for in ever smaller parts, down to the object itself."""
        while True:
            query["limit"] = str(self._page)
            try:
                answer = await self._api.get(self._path, query)
            except Undecodable as error:
                if self._page == 1:
                    if (found := shallow_page(error.text)) is None:
                        raise
                    answer = found
                else:
                    self._page = max(1, self._page // 8)
                    continue
            self._page = min(PAGE, 2 * self._page)
            return answer

    async def _stream(self) -> None:
        """Watch from before the first object on; what is there comes first, and is believed once it has all come."""
        query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
        async with AsyncExitStack() as stack:
            turn = await stack.enter_async_context(AsyncExitStack())
            await turn.enter_async_context(self._lists)
            batches = await stack.enter_async_context(self._api.watch(self._path, self._asking(query)))
            found: list[T] = []
            async for events in self._events(batches):
                end = next((place for place, event in enumerate(events) if event.ends_initial), None)
                found += [event.one for event in events[:end] if event.one is not None]
                if end is not None:
                    self._hearer.replace(found)
                    self._settle(events[end].version)
                    await turn.aclose()
                    self._hear(events[end + 1 :])
                    await self._follow(batches)
                    return
        raise Unreachable(f"{self._path}: the watch ended before all had come")

    def _settle(self, version: str) -> None:
        self._version = version
        self._busy = 0
        self._health.well(self._path)

    async def _read(self, trees: list[Tree]) -> list[T]:
        if len(trees) < SEVERAL:
            return [self._hearer.read(tree) for tree in trees]
        return await asyncio.to_thread(lambda: [self._hearer.read(tree) for tree in trees])

    # ------------------------------------------------------------------------------------------------------ watching

    def _asking(self, query: Mapping[str, str]) -> dict[str, str]:
        seconds = SHORTEST + random.randrange(SHORTEST // 2)  # noqa: S311  spreads the ends; keeps no secret
        asked = {"watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": str(seconds)}
        return {**self._query, **asked, **query}

    async def _watch(self) -> None:
        async with self._api.watch(self._path, self._asking({"resourceVersion": self._version})) as batches:
            self._health.well(self._path)
            await self._follow(batches)

    async def _follow(self, batches: AsyncIterator[list[bytes]]) -> None:
        async for events in self._events(batches):
            self._hear(events)

    def _hear(self, events: list[_Event[T]]) -> None:
        for event in events:
            if event.gone is not None:
                self._hearer.remove(event.gone)
            elif event.one is not None:
                self._hearer.put(event.one)
            self._version = event.version or self._version
            self._backoff.reset()

    async def _events(self, batches: AsyncIterator[list[bytes]]) -> AsyncIterator[list[_Event[T]]]:
        """Give the events that came together; those before an error come before it is raised."""
        async for lines in batches:
            many = len(lines) >= SEVERAL or sum(map(len, lines)) > SMALL
            events, failure = await asyncio.to_thread(self._parsed, lines) if many else self._parsed(lines)
            yield events
            if failure is not None:
                raise failure

    def _parsed(self, lines: list[bytes]) -> tuple[list[_Event[T]], Refusal | Unreachable | None]:
        events: list[_Event[T]] = []
        for line in lines:
            try:
                events.append(self._event(_decoded(line)))
            except (Refusal, Unreachable) as failure:
                return events, failure
        return events, None

    def _event(self, event: Mapping[str, Any]) -> _Event[T]:
        tree: Tree = event.get("object") or {}
        type_, metadata = event.get("type"), tree.get("metadata")
        if type_ == "ERROR":
            raise refusal_of(tree)
        if not isinstance(metadata, dict):
            raise Unreachable(f"{self._path}: an event of the watch has no object")
        version = str(metadata.get("resourceVersion") or "")
        if type_ == "DELETED":
            return _Event(version, gone=tree)
        if type_ == "BOOKMARK":
            return _Event(version, ends_initial=bool((metadata.get("annotations") or {}).get(_INITIAL_END)))
        return _Event(version, one=self._hearer.read(tree))


def _decoded(line: bytes) -> dict[str, Any]:
    """Return an event of a watch; of one that nests too deep, the part that says what it is about."""
    try:
        found: dict[str, Any] | None = orjson.loads(line)
    except orjson.JSONDecodeError:
        found = shallow_event(line)
    if not isinstance(found, dict):
        raise Undecodable(line)
    return found


class _Event(NamedTuple, Generic[T]):
    """An event: an object as it is now, or one that is gone, or neither: a bookmark."""

    version: str
    one: T | None = None
    gone: Tree | None = None
    ends_initial: bool = False
