"""`stop`: ends a client of aiokafka, whatever becomes of it, so that it leaves no task and no connection behind."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

PATIENCE: Final = 2.0
"""Seconds that it may take in its own way: to leave its group, to send what it has."""


async def stop(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """End a client.

    Where brokers are away, its own `stop` waits for them; and a consumer of which a fetch waits for its broker raises
    the cancellation of that as if it were ours, in the middle of its work. What it did not come to is done after it.
    """
    try:
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await client.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
    finally:
        if isinstance(client, AIOKafkaProducer):
            if client._sender is not None:  # noqa: SLF001  there is no other way to it
                await client._sender.close()  # noqa: SLF001
            await client.client.close()
        else:
            await client._client.close()  # noqa: SLF001
