"""A client library that cancels itself ends no task of ours in silence."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaError

from pipeline.engines.kafka.broken import broken_is_a_fault


async def test_a_cancellation_that_nobody_asked_for_is_a_fault() -> None:
    """As of a future that a connection's end has cancelled."""
    answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    answer.cancel()
    with pytest.raises(KafkaError), broken_is_a_fault():
        await answer


async def test_a_cancellation_that_was_asked_for_is_one() -> None:
    """Of the task, and of a time limit within it."""
    begun = asyncio.Event()

    async def wait() -> None:
        begun.set()
        with broken_is_a_fault():
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(wait())
        await begun.wait()
        task.cancel()
    assert task.cancelled()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await wait()
