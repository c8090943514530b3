"""`TopicWriter`: sends records to topics, in order, and returns when all in-sync replicas have them.

While the brokers are away that waits for them, so that order is kept; it ends when the writer is stopped.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError, ProducerClosed

from galley.kafka.access import WRITING
from galley.kafka.stopping import stop_producer
from pipeline.engines.kafka.broken import broken_is_a_fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.topics.outgoing import Outgoing

_BATCH: Final = 1 << 20
_PATIENCE: Final = 10_000
"""Milliseconds that a record may take."""


class TopicWriter:
    """A producer; between `start` and `stop` anybody may send."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """`options` are aiokafka's, of the brokers."""
        self._producer = AIOKafkaProducer(
            **options, **WRITING, linger_ms=0, max_batch_size=_BATCH, request_timeout_ms=_PATIENCE
        )
        self._sending: set[asyncio.Timeout] = set()

    async def start(self) -> None:
        """Connect; raise `KafkaError`, with nothing left open."""
        try:
            with broken_is_a_fault():
                await self._producer.start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Disconnect; what could not be sent is given up, and whoever waits for it is told."""
        try:
            await stop_producer(self._producer)
        finally:
            now = asyncio.get_running_loop().time()
            for limit in self._sending:
                limit.reschedule(now)

    async def send(self, topic: str, records: Sequence[Outgoing]) -> int:
        """Return the offset of the last record once all are acknowledged (-1: there are none).

        Raise `KafkaError`: `ProducerClosed` where the writer was stopped meanwhile. The brokers may have some then.
        """
        limit = asyncio.timeout(None)
        try:
            with broken_is_a_fault():
                async with limit:
                    self._sending.add(limit)
                    return await self._send(topic, records)
        except TimeoutError as error:
            raise ProducerClosed if limit.expired() else KafkaTimeoutError from error
        finally:
            self._sending.discard(limit)

    async def _send(self, topic: str, records: Sequence[Outgoing]) -> int:
        sent = [
            await self._producer.send(topic, one.value, one.key, partition=0, headers=list(one.headers))
            for one in records
        ]
        await asyncio.gather(*sent, return_exceptions=True)
        return max((one.result().offset for one in sent), default=-1)
