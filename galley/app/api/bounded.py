"""`Bounded`: no request of the administration may bring more than it could need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import JSONResponse

from galley.app.api.answers import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST: Final = 1 << 20
"""Bytes of a request's body; the longest that makes sense is a few hundred."""


class _TooMuch(Exception):
    """More came than is taken."""


class Bounded:
    """ASGI middleware. `apart` are the paths that bound their bodies themselves."""

    def __init__(self, app: ASGIApp, apart: frozenset[str] = frozenset()) -> None:
        """Bound what comes to `app`."""
        self._app = app
        self._apart = apart

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer 413 once it brings too much."""
        if scope["type"] != "http" or scope["path"] in self._apart:
            await self._app(scope, receive, send)
            return
        size, begun = 0, False

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MOST:
                raise _TooMuch
            return message

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        said = Request(scope).headers.get("content-length", "")
        if said.isdecimal() and int(said[:20]) > MOST:
            await _refusal()(scope, receive, send)
            return
        try:
            await self._app(scope, counted, sent)
        except _TooMuch:
            if not begun:
                await _refusal()(scope, receive, send)


def _refusal() -> JSONResponse:
    problem = Problem(error=f"the body has more than {MOST} bytes")
    return JSONResponse(problem.model_dump(), 413, {"connection": "close"})
