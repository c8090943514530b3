"""`Reporter`: reports what our own ledger has, whenever it changes, and now and then in any case: we are still there.

It costs a bounded share of our own time and of the network: a large report makes the next one come later.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from galley.app.fleet.gather import gather

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from galley.app.fleet.gather import MadeOf
    from proxy.xds.ledger import Ledger

BEAT: Final = 10.0
"""Seconds after which a report is sent though nothing has changed."""

SOONEST: Final = 0.2
"""Seconds between two reports, at least."""

_BYTES: Final = 500_000
"""Bytes of reports a second, at most."""

_SHARE: Final = 10
"""To gather takes at most one part in so many of the time."""

_FAREWELL: Final = 1.0


class Reporter:
    """Hands each report to `put`, as JSON; None when we end, so that nobody waits for us."""

    def __init__(
        self,
        ledger: Ledger,
        made_of: MadeOf,
        name: str,
        put: Callable[[str, bytes | None], Awaitable[None]],
        clock: Callable[[], float],
        *,
        instance: str = "",
    ) -> None:
        """Report as the server of this name, in this life of it; `clock` gives seconds since the epoch."""
        self._ledger = ledger
        self._made_of = made_of
        self._name = name
        self._put = put
        self._clock = clock
        self._instance = instance
        self._stirred = asyncio.Event()
        ledger.listeners[self._stirred.set] = None

    async def run(self) -> None:
        """Report until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                self._stirred.clear()
                begun = loop.time()
                report = await gather(self._ledger, self._made_of, self._name, self._clock())
                signed = report.model_copy(update={"instance": self._instance})
                text = signed.model_dump_json(exclude_defaults=True).encode()
                taken = loop.time() - begun
                await self._put(self._name, text)
                await asyncio.sleep(max(SOONEST, len(text) / _BYTES, taken * _SHARE))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(BEAT):
                        await self._stirred.wait()
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FAREWELL):
                    await self._put(self._name, None)
