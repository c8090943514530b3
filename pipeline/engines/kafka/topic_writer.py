"""`TopicWriter`: sends records to topics, in order, and returns when all in-sync replicas have them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from aiokafka import AIOKafkaProducer

from galley.kafka.access import WRITING
from galley.kafka.stopping import stop_producer

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
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        self._producer = AIOKafkaProducer(
            **options, **WRITING, linger_ms=0, max_batch_size=_BATCH, request_timeout_ms=_PATIENCE
        )

    async def start(self) -> None:
        """Connect; raise `KafkaError`."""
        await self._producer.start()

    async def stop(self) -> None:
        """Disconnect; what could not be sent is given up."""
        await stop_producer(self._producer)

    async def send(self, topic: str, records: Sequence[Outgoing]) -> int:
        """Return the offset of the last record once all are acknowledged (-1: there are none); raise `KafkaError`."""
        sent = [
            await self._producer.send(topic, one.value, one.key, partition=0, headers=list(one.headers))
            for one in records
        ]
        await asyncio.gather(*sent, return_exceptions=True)
        return max((one.result().offset for one in sent), default=-1)
