"""`Connection`: uvicorn's HTTP/1.1 connection, which gives nobody time without end.

uvicorn bounds what a client may say at once and how long it may be idle, not how long it may take to say it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

HEAD_SECONDS: Final = 5.0
"""Seconds from a request's first byte, or the connection's beginning, until its head must be there."""

_QUIET: Final = logging.getLogger("galley.webhook.http")
_QUIET.setLevel(logging.ERROR)
"""Garbage is no news: it would fill the log as fast as it comes."""


class Connection(H11Protocol):
    """One client.

    `proven` once it was answered and not closed: then it is spared for longer. `ended` is called at the end.
    """

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  uvicorn's own
        """Take what uvicorn gives."""
        super().__init__(*args, **options)
        self.logger = _QUIET
        self.access_log = False
        self.proven = False
        self.ended: Callable[[], None] = lambda: None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._wait_no_more()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)
        self.ended()

    def data_received(self, data: bytes) -> None:
        """Take what came; the head of a request that has begun must be complete in time."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._wait()
        else:
            self._wait_no_more()

    def on_response_complete(self) -> None:
        """Spare whoever has asked for something."""
        self.proven = True
        super().on_response_complete()

    @property
    def idle(self) -> bool:
        """Whether no request is under way."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
