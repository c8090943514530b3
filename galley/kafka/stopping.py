"""`stop_consumer`: ends a consumer of aiokafka, also where brokers are gone."""

from __future__ import annotations

import asyncio
from typing import Final

from aiokafka import AIOKafkaConsumer

_FAREWELL: Final = 2.0
"""Seconds for a group that is left."""


async def stop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer. Its own `stop` raises `CancelledError` while a broker owes it an answer, and leaves things open.

    Nobody has cancelled then, but whoever awaits it would end as if somebody had; so it ends in a task of its own.
    """
    try:
        async with asyncio.timeout(_FAREWELL), asyncio.TaskGroup() as tasks:
            tasks.create_task(consumer.stop())
    except TimeoutError:
        pass
    fetcher = consumer._fetcher  # noqa: SLF001  what it leaves open
    left = list(fetcher._pending_tasks) if fetcher is not None else []  # noqa: SLF001  likewise
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await consumer._client.close()  # noqa: SLF001  likewise
