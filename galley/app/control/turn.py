"""`Turn`: long work on the server's loop, in slices, so that proxies are served meanwhile."""

from __future__ import annotations

import asyncio

_LONGEST = 0.005


class Turn:
    """Ask it between two pieces of work that cannot go to a thread (the graph and the ledger are the loop's)."""

    def __init__(self) -> None:
        """Begin a slice."""
        self._loop = asyncio.get_running_loop()
        self._begun = self._loop.time()

    async def pause(self) -> None:
        """Let others run, if this slice has lasted 5 ms."""
        if self._loop.time() - self._begun >= _LONGEST:
            await asyncio.sleep(0)
            self._begun = self._loop.time()
