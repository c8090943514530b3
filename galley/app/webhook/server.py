"""`WebhookServer`: the HTTPS server of the webhook's address, from its socket to its certificate."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import uvicorn

from galley.app.http_server import Embedded, listen
from galley.app.webhook.connection import Connection
from galley.app.webhook.door import Door

if TYPE_CHECKING:
    import socket

    from starlette.types import ASGIApp

    from galley.app.webhook.serving_context import ServingContext

_IDLE: Final = 120
"""Seconds of idleness; API servers give up a connection after 90, and must be the first to do so."""

_GRACE: Final = 1


class WebhookServer:
    """Serves the webhook until cancelled."""

    def __init__(self, application: ASGIApp, context: ServingContext, most: int) -> None:
        """Serve an application, to at most so many connections at a time."""
        self._context = context
        self._most = most
        self._config = uvicorn.Config(
            application,
            http=Connection,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_keep_alive=_IDLE,
            timeout_graceful_shutdown=_GRACE,
            server_header=False,
        )
        self._server = Embedded(self._config)
        self._listener: socket.socket | None = None
        self._door: Door | None = None

    @property
    def connections(self) -> int:
        """How many are connected, or about to be."""
        return len(self._door) if self._door is not None else 0

    def open(self, address: str) -> str:
        """Listen; return the address with its port. Raise `OSError` where it cannot be bound."""
        self._listener, opened = listen(address)
        self._listener.setblocking(False)
        return opened

    async def run(self) -> None:
        """Answer until cancelled, or until `stop`."""
        assert self._listener is not None, "open comes first"
        self._config.load()
        self._door = Door(self._listener, self._context.context, self._connection, self._most)
        try:
            async with asyncio.TaskGroup() as tasks:
                helpers = [tasks.create_task(self._door.run()), tasks.create_task(self._context.keep())]
                await self._server.serve([])
                for task in helpers:
                    task.cancel()
        finally:
            self._listener.close()
            for connection in list(self._server.server_state.connections):
                connection.transport.abort()

    def stop(self) -> None:
        """Close the address; requests under way have a second."""
        self._server.should_exit = True
        if self._listener is not None and not self._server.started:
            self._listener.close()

    def _connection(self) -> Connection:
        return Connection(config=self._config, server_state=self._server.server_state, app_state={})
