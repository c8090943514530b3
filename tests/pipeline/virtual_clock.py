"""An event loop whose clock moves on only when nobody has anything to do: waiting takes no time, and is exact."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Instead of waiting for a timeout, moves the clock on."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready now."""
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits for what will never come"
            self.now += max(0.0, timeout)
        return ready


class VirtualClock(asyncio.SelectorEventLoop):
    """An event loop that starts at time 0; for code without threads and sockets."""

    def __init__(self) -> None:
        self._moving = _Selector()
        super().__init__(self._moving)

    def time(self) -> float:
        """Return the virtual time."""
        return self._moving.now


def run_virtually(main: Coroutine[object, object, T]) -> T:
    """Run a coroutine on a loop of its own with a virtual clock."""
    with asyncio.Runner(loop_factory=VirtualClock) as runner:
        return runner.run(main)
