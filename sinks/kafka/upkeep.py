"""`Upkeep`: work that needs the brokers, done again and again, however often they are away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiokafka.errors import KafkaError

from galley.kafka.cancelled import is_cancelled
from galley.kafka.faults import BrokersUnreachable, KafkaFault

_log = structlog.get_logger("kafka")
_SOONEST: Final = 0.2
_LATEST: Final = 5.0
_RARELY: Final = 30.0
"""Seconds until what somebody has to mend is tried again."""


class Upkeep:
    """Runs a piece of work for ever. `trouble` is why it does not go; empty while it does."""

    def __init__(self, name: str, work: Callable[[Callable[[], None]], Awaitable[None]]) -> None:
        """Do `work`, which is given what to call once all is well."""
        self.trouble = ""
        self._name = name
        self._work = work
        self._pause = _SOONEST

    async def run(self) -> None:
        """Work until cancelled; each trouble is told once."""
        while True:
            try:
                await self._work(self._well)
            except asyncio.CancelledError:
                if is_cancelled():
                    raise
                self._tell("a client of the brokers was cut off")
                await self._rest(self._pause)
            except (KafkaFault, KafkaError, OSError) as error:
                self._tell(str(error) or type(error).__name__)
                lasting = isinstance(error, KafkaFault) and not isinstance(error, BrokersUnreachable)
                await self._rest(_RARELY if lasting else self._pause)
            except Exception as error:  # noqa: BLE001  the lifecycle: no fault of a client library ends the server
                _log.error("kafka.publishing_failed", what=self._name, exc_info=error)
                self._tell(f"it failed with {type(error).__name__}; the server's log has the details")
                await self._rest(_RARELY)

    async def _rest(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._pause = min(_LATEST, 2 * self._pause)

    def _well(self) -> None:
        if self.trouble:
            _log.info("kafka.publishing_again", what=self._name)
        self.trouble = ""
        self._pause = _SOONEST

    def _tell(self, trouble: str) -> None:
        if not self.trouble:
            _log.warning("kafka.not_publishing", what=self._name, reason=trouble)
        self.trouble = trouble
