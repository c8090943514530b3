"""`Door`: lets clients in over TLS, as many at a time as there is room for.

A client that has shaken hands but said nothing, or speaks no TLS at all, costs a place for a few seconds at most. Where
all places are taken, the next to come gets that of the oldest that was never answered, else of the oldest that is idle;
but everybody has a second to shake hands and ask, and until then those who come wait in the system's queue.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from galley.app.webhook.connection import HEAD_SECONDS

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

    from galley.app.webhook.connection import Connection

_GRACE: Final = 1.0
_GOODBYE: Final = 1.0
_PAUSE: Final = 0.02
_NO_ROOM: Final = 0.2
"""Seconds to wait where the system gives no more sockets."""


class _Guest:
    """Somebody who came: shaking hands, or connected."""

    __slots__ = ("connection", "since", "task")

    def __init__(self, since: float) -> None:
        self.since = since
        self.connection: Connection | None = None
        self.task: asyncio.Task[None] | None = None

    def leave(self) -> None:
        """Have it end at once."""
        if self.connection is not None:
            self.connection.transport.abort()
        elif self.task is not None:
            self.task.cancel()


class Door:
    """Accepts on a listening socket that does not block."""

    def __init__(
        self, listener: socket.socket, context: ssl.SSLContext, make: Callable[[], Connection], most: int
    ) -> None:
        """Let in at most so many; `make` makes the protocol of one."""
        self._listener = listener
        self._context = context
        self._make = make
        self._most = most
        self._guests: dict[_Guest, None] = {}

    def __len__(self) -> int:
        """How many are in."""
        return len(self._guests)

    async def run(self) -> None:
        """Let in until cancelled."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._room()
                try:
                    client, _ = await loop.sock_accept(self._listener)
                except OSError:
                    await asyncio.sleep(_NO_ROOM)
                    continue
                guest = _Guest(loop.time())
                self._guests[guest] = None
                guest.task = tasks.create_task(self._serve(guest, client))
                await asyncio.sleep(0)  # whoever is in goes first

    async def _serve(self, guest: _Guest, client: socket.socket) -> None:
        """Shake hands with a client, and wait until it goes."""
        loop = asyncio.get_running_loop()
        gone = loop.create_future()

        def make() -> Connection:
            connection = self._make()
            connection.ended = lambda: None if gone.done() else gone.set_result(None)
            return connection

        try:
            _, protocol = await loop.connect_accepted_socket(
                make,
                client,
                ssl=self._context,
                ssl_handshake_timeout=HEAD_SECONDS,
                ssl_shutdown_timeout=_GOODBYE,
            )
            guest.connection = protocol
            await gone
        except OSError:
            pass  # no TLS, or gone before it was done
        finally:
            self._guests.pop(guest, None)

    async def _room(self) -> None:
        """Return when there is a place."""
        loop = asyncio.get_running_loop()
        while len(self._guests) >= self._most:
            guest = self._dispensable(loop.time() - _GRACE)
            if guest is None:
                await asyncio.sleep(_PAUSE)
                continue
            guest.leave()
            self._guests.pop(guest, None)

    def _dispensable(self, before: float) -> _Guest | None:
        """Return who is to leave, of those who came before a time."""
        old = [guest for guest in self._guests if guest.since < before]
        strangers = (guest for guest in old if guest.connection is None or not guest.connection.proven)
        idle = (guest for guest in old if guest.connection is not None and guest.connection.idle)
        return next(strangers, None) or next(idle, None)
