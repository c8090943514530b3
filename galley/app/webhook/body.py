"""Reads the body of a request, JSON, within bounds of size, time and memory.

Small bodies cost what the number of connections bounds. Of large ones only a few are held at a time, so that they
cannot crowd out the small ones, which nearly all honest ones are.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from starlette.requests import Request

MOST_BYTES: Final = 3 * 1024 * 1024
"""What an API server sends at most, of two versions of an object: twice etcd's limit of 1.5 MB."""

_JSON: Final = "application/json"
_SMALL: Final = 256 * 1024
_LARGE_ONES: Final = 8
_WAIT: Final = 2.0
_SECONDS: Final = 10.0
"""Seconds in which a body must have come."""


class BodyReader:
    """Reads bodies; one for a server."""

    def __init__(self, most: int = MOST_BYTES, seconds: float = _SECONDS) -> None:
        """Allow so many bytes, which must come in so many seconds."""
        self._most = most
        self._seconds = seconds
        self._large = asyncio.Semaphore(_LARGE_ONES)

    async def read(self, request: Request) -> bytes:
        """Return the body; raise `HTTPException`: 400 none, 408 too slow, 413 too large, 415 another type, 503 busy."""
        if _media_type(request) != _JSON:
            raise _refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the content type must be {_JSON}")
        said = request.headers.get("content-length", "")
        if said.isdecimal() and int(said) > self._most:
            raise self._too_large()
        try:
            async with asyncio.timeout(self._seconds):
                body = await self._read(request)
        except ClientDisconnect:
            raise _refused(HTTPStatus.BAD_REQUEST, "the body ends too early") from None
        except TimeoutError:
            raise _refused(
                HTTPStatus.REQUEST_TIMEOUT, f"the body did not come within {self._seconds:g} seconds"
            ) from None
        if not body:
            raise _refused(HTTPStatus.BAD_REQUEST, "the body is empty")
        return body

    async def _read(self, request: Request) -> bytes:
        parts: list[bytes] = []
        size = 0
        async with AsyncExitStack() as stack:
            async for part in request.stream():
                size += len(part)
                if size > self._most:
                    raise self._too_large()
                if size > _SMALL >= size - len(part):
                    await self._enter(stack)
                parts.append(part)
            return b"".join(parts)

    async def _enter(self, stack: AsyncExitStack) -> None:
        """Wait a little for a place among the large ones."""
        try:
            async with asyncio.timeout(_WAIT):
                await stack.enter_async_context(self._large)
        except TimeoutError:
            raise _refused(HTTPStatus.SERVICE_UNAVAILABLE, "too many large bodies at once; try again") from None

    def _too_large(self) -> HTTPException:
        return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body has more than {self._most} bytes")


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _refused(status: HTTPStatus, reason: str) -> HTTPException:
    return HTTPException(status, reason)
