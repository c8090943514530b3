"""`Bounded`: no request of the administration may bring more than it could need."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST: Final = 1 << 20
"""Bytes of a request's body; the longest that makes sense is a few hundred."""


class Bounded:
    """ASGI middleware around an application's routes. `apart` are the paths that bound their bodies themselves."""

    def __init__(self, app: ASGIApp, apart: frozenset[str] = frozenset()) -> None:
        """Bound what comes to `app`."""
        self._app = app
        self._apart = apart

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; whoever reads too much of it gets an `HTTPException`, 413."""
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MOST:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body has more than {MOST} bytes")
            return message

        apart = scope["type"] != "http" or scope["path"] in self._apart
        await self._app(scope, receive if apart else counted, send)
