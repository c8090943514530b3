"""`producing`: a producer that is there while it is needed, and does not hold up whoever is done with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError

from galley.kafka.access import WRITING, producer_options
from galley.kafka.stopping import stop_producer
from galley.settings.kafka import KafkaSettings
from pipeline.topics.outgoing import Outgoing

_PATIENCE: Final = 10.0
"""Seconds after which records that no broker has acknowledged have failed; the library alone would wait for ever."""


@contextlib.asynccontextmanager
async def producing(settings: KafkaSettings) -> AsyncIterator[AIOKafkaProducer]:
    """Give a producer; raise `aiokafka.errors.KafkaError` where no broker is in reach."""
    producer = AIOKafkaProducer(
        **producer_options(settings), **WRITING, client_id="galley", request_timeout_ms=int(_PATIENCE * 1000)
    )
    try:
        await producer.start()
        yield producer
    finally:
        await stop_producer(producer)


async def send(producer: AIOKafkaProducer, topic: str, records: Sequence[Outgoing]) -> int:
    """Send records, in order; return the offset of the last once all are acknowledged. -1: there were none.

    Raise `aiokafka.errors.KafkaError`; what was sent may be there nevertheless.
    """
    sent: list[asyncio.Future[Any]] = []
    try:
        async with asyncio.timeout(_PATIENCE):
            for one in records:
                future = await producer.send(topic, key=one.key, value=one.value, headers=list(one.headers))
                sent.append(future)
            done = await asyncio.gather(*sent)
    except TimeoutError as error:
        raise KafkaConnectionError(f"no broker has acknowledged anything for {_PATIENCE:g} seconds") from error
    finally:
        for future in sent:
            future.cancel()
    return done[-1].offset if done else -1
