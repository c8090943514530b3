"""`Api`: the few requests that we make of an API server, bounded in time and in size."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import orjson

from galley import __version__
from galley.sources.kubernetes.connection import Connection
from galley.sources.kubernetes.failure import Refusal, Undecodable, Unreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    import aiohttp

    from galley.settings.kubernetes import ClusterPlace

Tree: TypeAlias = "dict[str, Any]"
"""An object as JSON has it."""

CONNECT: Final = 10.0
"""Seconds until a connection must be there."""

ANSWER: Final = 60.0
"""Seconds between two bytes of an answer, at most."""

SILENCE: Final = 150.0
"""Seconds of silence after which a watch is taken for dead; an API server sends bookmarks about every minute."""

MOST_BODY: Final = 256 * 1024 * 1024
"""Bytes of an answer, at most."""

MOST_LINE: Final = 32 * 1024 * 1024
"""Bytes of a watch's event, at most; etcd keeps no object above 1.5 MB."""

SMALL: Final = 64 * 1024
"""Bytes that are parsed at once; more go to a thread."""


class Api:
    """An API server, as one source or writer asks it. Raises `Unreachable` and `Refusal`."""

    def __init__(self, place: ClusterPlace, connection: Connection | None = None) -> None:
        """Take where the cluster is; nothing is opened yet."""
        self._connection = connection or Connection(place)
        self._refused: object = None

    async def close(self) -> None:
        """End all connections."""
        await self._connection.close()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Tree:
        """Return what is at a path."""
        return await self.send("GET", path, query=query)

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        content: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> Tree:
        """Send a request, with a body where there is one, and return the object that is answered."""
        data = None if body is None else orjson.dumps(body)
        async with self._request(method, path, query or {}, ANSWER, data=data, content=content) as response:
            text = await _whole(response)
        return await parsed(text)

    @asynccontextmanager
    async def watch(self, path: str, query: Mapping[str, str]) -> AsyncIterator[AsyncIterator[list[bytes]]]:
        """Open a watch; what it gives are the events that came together, as lines of JSON, until the server ends it."""
        async with self._request("GET", path, query, SILENCE) as response:
            yield _lines(response)

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        silence: float,
        *,
        data: bytes | None = None,
        content: str = "",
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        import aiohttp  # noqa: PLC0415  comes with kubernetes-asyncio, which is optional

        opened = await self._connection.open()
        headers = {
            "Accept": "application/json",
            "User-Agent": f"galley/{__version__}",
            **await self._connection.credentials(),
        }
        if data is not None:
            headers["Content-Type"] = content
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT, sock_read=silence)
        try:
            async with opened.session.request(
                method, opened.host + path, params=query, headers=headers, data=data, timeout=timeout, **opened.options
            ) as response:
                try:
                    if response.status >= HTTPStatus.MULTIPLE_CHOICES:
                        await self._refuse(response, opened.session)
                    yield response
                finally:
                    _drop(response)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unreachable(f"{opened.host} is out of reach: {_said(error)}") from error

    async def _refuse(self, response: aiohttp.ClientResponse, session: object) -> None:
        try:
            found = await parsed(await _whole(response, 1024 * 1024))
        except (Unreachable, Refusal):
            found = {}
        if response.status == HTTPStatus.UNAUTHORIZED and self._refused is not session:
            self._refused = session  # once a session: credentials that were rotated are read again
            await self._connection.close()
        raise refusal_of(found, response.status, response.headers.get("Retry-After", ""))


def refusal_of(status: Mapping[str, Any], code: int = 0, after: str = "") -> Refusal:
    """Return the refusal that a `Status` object tells of."""
    details = status.get("details") or {}
    seconds = float(after) if after.isdecimal() else float(details.get("retryAfterSeconds") or 0)
    message = " ".join(str(status.get("message") or "").split())[:300]
    return Refusal(code or int(status.get("code") or 0), str(status.get("reason") or ""), message, seconds)


async def parsed(text: bytes) -> Tree:
    """Return the object that a text is."""
    try:
        found = await asyncio.to_thread(orjson.loads, text) if len(text) > SMALL else orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Undecodable(text) from error
    if not isinstance(found, dict):
        raise Unreachable("the answer is no object")
    return cast("Tree", found)


async def _whole(response: aiohttp.ClientResponse, most: int = MOST_BODY) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        parts.append(chunk)
        size += len(chunk)
        if size > most:
            raise Unreachable(f"the answer is larger than {most} bytes")
    return b"".join(parts)


async def _lines(response: aiohttp.ClientResponse) -> AsyncIterator[list[bytes]]:
    rest: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        *whole, last = chunk.split(b"\n")
        if whole:
            yield [line for line in (b"".join((*rest, whole[0])), *whole[1:]) if line.strip()]
            rest, size = [], 0
        rest.append(last)
        size += len(last)
        if size > MOST_LINE:
            raise Unreachable(f"an event is larger than {MOST_LINE} bytes")


def _drop(response: aiohttp.ClientResponse) -> None:
    """End the connection of an answer that was not read to its end, without waiting for the other side's farewell."""
    connection = response.connection
    if connection is not None and connection.transport is not None:
        connection.transport.abort()


def _said(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:300]
