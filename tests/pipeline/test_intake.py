"""Coalescing: what comes alone goes at once; what piles up goes together; a burst waits, but never long."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.contract import Receipt
from pipeline.engines.intake import Intake
from pipeline.engines.pace import Pace
from tests.pipeline.builders import batch, upsert
from tests.pipeline.virtual_clock import run_virtually

MOST = 0.1


def intake(*, waiting: int = 1_000, most_changes: int = 100) -> Intake:
    """Return an intake on the running loop's clock."""
    clock = asyncio.get_running_loop().time
    return Intake(waiting=waiting, most_changes=most_changes, most_wait=MOST, clock=clock)


async def values(queue: Intake) -> list[int]:
    """Take the next group; return the traces of its batches, and answer them."""
    group = await queue.take()
    for submission in group:
        submission.answer(Receipt(sequence=1, revision=1))
    return [int(submission.batch.cause.trace) for submission in group]


def test_what_comes_alone_goes_at_once() -> None:
    """A batch after a quiet time waits for nothing."""

    async def main() -> None:
        queue = intake()
        for number in range(5):
            await asyncio.sleep(1)
            before = asyncio.get_running_loop().time()
            await queue.put(batch(trace=str(number)))
            assert await values(queue) == [number]
            assert asyncio.get_running_loop().time() == before

    run_virtually(main())


def test_what_piled_up_goes_together_and_in_order() -> None:
    """What was put while an entry was made is the next entry."""

    async def main() -> None:
        queue = intake()
        for number in range(7):
            await queue.put(batch(trace=str(number)))
        assert await values(queue) == list(range(7))

    run_virtually(main())


def test_a_whole_batch_goes_alone() -> None:
    """It is not joined with those before it, nor with those after it."""

    async def main() -> None:
        queue = intake()
        for number in range(6):
            await queue.put(batch(trace=str(number), whole=number in {2, 3}))
        assert [await values(queue) for _ in range(4)] == [[0, 1], [2], [3], [4, 5]]

    run_virtually(main())


def test_an_entry_is_bounded() -> None:
    """So many changes go together and no more, unless one batch has more."""

    async def main() -> None:
        queue = intake(most_changes=4)
        for number, size in enumerate((2, 2, 1, 9, 1)):
            await queue.put(batch(*map(upsert, "abcdefghi"[:size]), trace=str(number)))
        assert [await values(queue) for _ in range(4)] == [[0, 1], [2], [3], [4]]

    run_virtually(main())


def test_a_full_queue_makes_the_submitter_wait() -> None:
    """Nobody is refused, and memory is bounded."""

    async def main() -> None:
        queue = intake(waiting=2)

        async def fill() -> None:
            for number in range(5):
                await queue.put(batch(trace=str(number)))

        async with asyncio.TaskGroup() as tasks:
            filling = tasks.create_task(fill())
            await asyncio.sleep(1)
            assert not filling.done()
            taken: list[int] = []
            while len(taken) < 5:
                taken += await values(queue)
        assert taken == [0, 1, 2, 3, 4]

    run_virtually(main())


def test_a_burst_is_coalesced_and_never_waits_long() -> None:
    """A thousand batches a second from many hands become few entries; no batch waits longer than the bound."""

    async def main() -> None:
        queue, clock = intake(), asyncio.get_running_loop().time
        entries: list[int] = []
        waits: list[float] = []

        async def submit(number: int) -> None:
            await asyncio.sleep(number / 1_000)
            before = clock()
            await (await queue.put(batch(trace=str(number))))
            waits.append(clock() - before)

        async def pump() -> None:
            done = 0
            while done < 2_000:
                done += len(taken := await values(queue))
                entries.append(len(taken))

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(pump())
            for number in range(2_000):
                tasks.create_task(submit(number))
        assert max(waits) <= MOST
        assert len(entries) < 80
        assert entries[0] == 1

    run_virtually(main())


def test_a_source_that_waits_for_each_receipt_is_given_time_to_gather() -> None:
    """The first go at once, then each waits a little, never longer than the bound: a steady rate, not a flood."""

    async def main() -> None:
        queue, clock = intake(), asyncio.get_running_loop().time
        times: list[float] = []

        async def pump() -> None:
            for _ in range(200):
                await values(queue)
                times.append(clock())

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(pump())
            for number in range(200):
                await (await queue.put(batch(trace=str(number))))
        waits = [after - before for before, after in pairwise(times)]
        assert times[9] == 0.0
        assert sorted(waits[:30]) == waits[:30]
        assert max(waits) <= MOST
        assert 15 <= 100 / (times[199] - times[99]) <= 25

    run_virtually(main())


def test_what_waits_can_be_taken_out() -> None:
    """For a log that fails: everybody who waits is found, also what was set aside for the next entry."""

    async def main() -> None:
        queue = intake()
        for number in range(4):
            await queue.put(batch(trace=str(number), whole=True))
        assert await values(queue) == [0]
        await queue.put(batch(trace="4"))
        assert [submission.batch.cause.trace for submission in queue.drain()] == ["1", "2", "3", "4"]
        assert queue.drain() == []

    run_virtually(main())


@given(st.lists(st.floats(0, 10), max_size=200))
def test_a_wait_is_bounded_and_quiet_waits_for_nothing(pauses: list[float]) -> None:
    """Whatever happened: a wait is from 0 to the bound, and 0 after a second without entries."""
    pace, now = Pace(MOST), 0.0
    for pause in pauses:
        now += pause
        assert 0 <= pace.wait(now) <= MOST
        pace.made(now)
    assert pace.wait(now + 1.0) == 0
