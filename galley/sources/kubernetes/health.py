"""`Health`: how each of a source's watches is, and what that makes of the source's status."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from galley.sources.contract import SourceStatus


class Health:
    """Gathers what is wrong with each watch; the status shows each trouble once, whatever the number of watches.

    The cluster is lost while no watch at all is well: what is not to be had of it, however long, is only a part.
    """

    def __init__(self, status: SourceStatus) -> None:
        """Keep this status."""
        self._status = status
        self._troubles: dict[str, tuple[str, float]] = {}
        self._well: set[str] = set()

    def failing(self, watch: str, trouble: str, pause: float) -> None:
        """Note what is wrong with a watch, and in how many seconds it is tried again."""
        self._well.discard(watch)
        self._troubles[watch] = (trouble, time.time() + pause)
        self._status.failures += 1
        self._show()

    def well(self, watch: str) -> None:
        """Note that a watch is as it should be."""
        if watch not in self._well:
            self._well.add(watch)
            self._troubles.pop(watch, None)
            self._show()

    def gone(self, watch: str) -> None:
        """Forget a watch, or what was wrong with something that is none."""
        self._well.discard(watch)
        if self._troubles.pop(watch, None) is not None:
            self._show()

    def _show(self) -> None:
        self._status.errors = sorted({trouble for trouble, _ in self._troubles.values()})
        self._status.lost = bool(self._troubles) and not self._well
        retries = (at for _, at in self._troubles.values())
        self._status.retry_at = min(retries) if self._status.lost else 0.0
