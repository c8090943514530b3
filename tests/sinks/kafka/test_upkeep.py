"""Work that needs the brokers goes on, whatever ends it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiokafka.errors import KafkaError

from sinks.kafka.upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("fault", [asyncio.CancelledError(), KafkaError("gone"), OSError("gone")])
async def test_what_ends_by_itself_is_begun_anew(fault: BaseException) -> None:
    """Also where a client cancels what nobody has asked it to; who is asked to end, ends."""
    begun: list[str] = []
    again = asyncio.Event()

    async def work(well: Callable[[], None]) -> None:
        begun.append(upkeep.trouble)
        if len(begun) == 1:
            raise fault
        well()
        again.set()
        await asyncio.Event().wait()

    upkeep = Upkeep("test", work)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        task = tasks.create_task(upkeep.run())
        await again.wait()
        assert begun[0] == ""
        assert begun[1]
        assert upkeep.trouble == ""
        task.cancel()
    assert task.cancelled()
