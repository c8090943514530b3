"""How far a revision is, is told as it goes, and never as often as a fleet answers."""

from __future__ import annotations

import asyncio

from galley.app.rollout import Rollout
from pipeline.model.batch import Cause
from pipeline.model.delivery import Delivery, DeliveryState
from pipeline.model.digest import Digest
from pipeline.model.revision import Revision
from proxy.xds.ledger import Ledger, Live
from schemas.events.catalogue import AnyEvent, Applied, Nacked


class Fleet(Ledger):
    """A ledger that says what a test wants: how many of how many proxies have everything, and who refuses what."""

    def __init__(self, of: int) -> None:
        """Nobody has anything."""
        super().__init__()
        self.applied = 0
        self.of = of
        self.refused: tuple[Delivery, ...] = ()

    def waiting(self, revision: int) -> int:
        """Return how many have not answered."""
        del revision
        return self.of - self.applied - len(self.refused)

    def live(self, revision: int) -> Live:
        """Return what was set."""
        return Live(revision=revision, applied=self.applied, of=self.of, pending=(), refused=self.refused)

    def take(self) -> None:
        """One more proxy has it."""
        self.applied += 1
        self._tell()

    def refuse(self) -> None:
        """One more proxy refuses."""
        node = f"proxy-{len(self.refused)}"
        refusal = Delivery(
            subscriber=node, type_url="type", name="a", version="1", state=DeliveryState.NACKED, reason="x" * 9_000
        )
        self.refused = (*self.refused, refusal)
        self._tell()


def revision(number: int) -> Revision:
    """Return a revision without content."""
    cause = Cause(trace="ab" * 16)
    return Revision(
        number=number, digest=Digest("d"), parent=number - 1, entry=number, source="files", cause=cause, changed={}
    )


async def test_thousands_of_answers_make_a_few_events() -> None:
    """Some have it, then all: the last is told at once, and between there is at most one event in 0.2 seconds."""
    fleet, told = Fleet(5_000), list[AnyEvent]()
    done: list[int] = []
    rollout = Rollout(fleet, lambda event, _: told.append(event), lambda one: done.append(one.number))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(rollout.run())
        begun = asyncio.get_running_loop().time()
        rollout.begin(revision(1))
        for number in range(5_000):
            fleet.take()
            if number % 50 == 0:
                await asyncio.sleep(0.001)
        lasted = asyncio.get_running_loop().time() - begun
        running.cancel()
    assert 2 <= len(told) <= 3 + 5 * lasted
    steps = [event.applied for event in told if isinstance(event, Applied)]
    assert steps == sorted(set(steps))
    assert told[-1] == Applied(revision=1, applied=5_000, of=5_000, refused=0, complete=True)
    assert done == [1]


async def test_a_refusal_is_told_once_while_others_are_still_to_answer() -> None:
    """And not a second time at the end, nor with a later revision; its reason has an end."""
    fleet, told = Fleet(3), list[AnyEvent]()
    rollout = Rollout(fleet, lambda event, _: told.append(event), lambda _: None)
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(10):
        running = tasks.create_task(rollout.run())
        rollout.begin(revision(1))
        fleet.refuse()
        while not told:
            await asyncio.sleep(0.01)
        fleet.take()
        fleet.take()
        rollout.begin(revision(2))
        running.cancel()
    (nacked,) = [event for event in told if isinstance(event, Nacked)]
    assert len(nacked.reason) == 4_096
    assert [event.complete for event in told if isinstance(event, Applied)] == [False, True, True]


async def test_a_proxy_that_never_answers_does_not_fill_the_memory() -> None:
    """Of the revisions under way, the last thousand are followed."""
    fleet, told = Fleet(1), list[AnyEvent]()
    rollout = Rollout(fleet, lambda event, _: told.append(event), lambda _: None)
    for number in range(1, 1_501):
        rollout.begin(revision(number))
    fleet.take()
    assert [event.revision for event in told] == list(range(501, 1_501))
