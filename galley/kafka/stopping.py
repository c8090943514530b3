"""`stop_consumer`, `stop_producer`: end a client of aiokafka, whatever became of its brokers; nothing is left open."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from galley.kafka.cancelled import is_cancelled

_FAREWELL: Final = 2.0
"""Seconds for a group that is left, and for connections."""

_LAST_WORDS: Final = 1.0
"""Seconds for what is on its way to brokers."""


async def stop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer. Its own `stop` raises `CancelledError` while a broker owes it an answer, and leaves things open.

    Nobody has cancelled then, but whoever awaits it would end as if somebody had; so it ends in a task of its own.
    """
    try:
        async with asyncio.timeout(_FAREWELL), asyncio.TaskGroup() as tasks:
            tasks.create_task(consumer.stop())
    except* (KafkaError, OSError, TimeoutError):
        pass  # whatever it raises is of brokers that are gone
    fetcher = consumer._fetcher  # noqa: SLF001  what it leaves open
    left = list(fetcher._pending_tasks) if fetcher is not None else []  # noqa: SLF001  likewise
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await consumer._client.close()  # noqa: SLF001  likewise


async def stop_producer(producer: AIOKafkaProducer) -> None:
    """Stop a producer, started or not; give up what no broker takes soon. Its own `stop` would wait for one."""
    try:
        async with asyncio.timeout(_LAST_WORDS):
            await producer.flush()
        async with asyncio.timeout(_FAREWELL):
            await producer.stop()
    except (KafkaError, OSError, TimeoutError, asyncio.CancelledError) as error:
        producer._closed = True  # noqa: SLF001  or it complains of having been left open
        sender = producer._sender  # noqa: SLF001  it would go on for ever, and say old words later
        with contextlib.suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await sender.close()
        await producer.client.close()
        if isinstance(error, asyncio.CancelledError) and is_cancelled():
            raise
