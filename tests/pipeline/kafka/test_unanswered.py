"""Whoever is refused is told whether the change may still take effect."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from pipeline.engines.intake import Intake
from pipeline.engines.kafka.submitter import Submitter
from pipeline.log.contract import ChangeUnanswered, LogUnusable
from tests.pipeline.builders import batch, upsert

if TYPE_CHECKING:
    from pipeline.topics.outgoing import Outgoing


async def test_what_nobody_took_may_still_take_effect_and_what_waits_behind_it_does_not() -> None:
    """The one lies in the log, where the next writer finds it; the other never came there."""
    sent: list[Outgoing] = []
    refused: list[str] = []

    async def send(record: Outgoing) -> int:
        sent.append(record)
        return 7

    def failed(error: LogUnusable) -> None:
        refused.append(str(error))
        submitter.refuse(error)

    intake = Intake(waiting=10, most_changes=10, most_wait=0.0, clock=lambda: 0.0)
    submitter = Submitter(intake, send, failed, anew=lambda: None, unwritten=0.01)
    submitter.begin("log")
    first = await intake.put(batch(upsert("a"), whole=True))
    second = await intake.put(batch(upsert("b"), whole=True))
    await submitter.step()
    with pytest.raises(ChangeUnanswered, match="is one running"):
        await first
    with pytest.raises(LogUnusable) as behind:
        await second
    assert not isinstance(behind.value, ChangeUnanswered)
    assert len(sent) == len(refused) == 1
    assert submitter.stuck


async def test_what_is_in_flight_when_the_engine_stops_may_still_take_effect() -> None:
    """The brokers may have it already."""

    async def send(_: Outgoing) -> int:
        return await asyncio.Future()

    intake = Intake(waiting=10, most_changes=10, most_wait=0.0, clock=lambda: 0.0)
    submitter = Submitter(intake, send, lambda _: None, anew=lambda: None, unwritten=30.0)
    receipt = await intake.put(batch(upsert("a")))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await submitter.step()
    with pytest.raises(ChangeUnanswered, match="has stopped"):
        await receipt
