"""`Health`: how each of a source's watches is, and what that makes of the source's status."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from galley.sources.contract import SourceStatus


class Health:
    """Gathers what is wrong with each watch; the status shows each trouble once, whatever the number of watches."""

    def __init__(self, status: SourceStatus) -> None:
        """Keep this status."""
        self._status = status
        self._troubles: dict[str, tuple[str, float]] = {}

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return not self._troubles

    def failing(self, watch: str, trouble: str, pause: float) -> None:
        """Note what is wrong with a watch, and in how many seconds it is tried again."""
        self._troubles[watch] = (trouble, time.time() + pause)
        self._status.failures += 1
        self._show()

    def well(self, watch: str) -> None:
        """Note that a watch is as it should be."""
        if self._troubles.pop(watch, None) is not None:
            self._show()

    def gone(self, watch: str) -> None:
        """Forget a watch."""
        self.well(watch)

    def _show(self) -> None:
        self._status.errors = sorted({trouble for trouble, _ in self._troubles.values()})
        self._status.retry_at = min((at for _, at in self._troubles.values()), default=0.0)
