"""One HTTP server on our own loop: uvicorn without its signals and its process."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import uvicorn

from galley.settings.address import split_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_GRACE = 1
_BACKLOG = 128
_ENDING = b'{"error": "the server ends", "hint": "ask again once it is back"}'


class Embedded(uvicorn.Server):
    """A server on a loop that is somebody else's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the server that embeds this one."""
        yield


def listen(address: str) -> tuple[socket.socket, str]:
    """Return a socket that listens, and its address with its port. Raise `OSError` where it cannot be bound."""
    host, port = split_address(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        msg = f"cannot listen on {address}: {error.strerror}"
        raise OSError(msg) from error
    return listener, f"{address.rpartition(':')[0]}:{listener.getsockname()[1]}"


class HttpServer:
    """Serves an ASGI application on one address."""

    def __init__(self, application: ASGIApp) -> None:
        """Prepare to serve."""
        self._application = application
        config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=_GRACE,
            server_header=False,
        )
        self._server = Embedded(config)
        self._listener: socket.socket | None = None

    def open(self, address: str) -> str:
        """Listen; return the address with its port. Raise `OSError` where it cannot be bound."""
        self._listener, opened = listen(address)
        return opened

    async def run(self) -> None:
        """Answer until `stop`."""
        assert self._listener is not None, "open comes first"
        try:
            await self._server.serve([self._listener])
        finally:
            self._listener.close()

    def stop(self) -> None:
        """Close the address; requests under way have a second."""
        self._server.should_exit = True
        if self._listener is not None and not self._server.started:
            self._listener.close()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; one that our end cuts off is told so, as far as it has no answer yet."""
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._application(scope, receive, sent)
        except asyncio.CancelledError:
            if begun or not self._server.should_exit:
                raise
            headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_ENDING))]
            await send({"type": "http.response.start", "status": 503, "headers": headers})
            await send({"type": "http.response.body", "body": _ENDING})
