"""`Notifier`: follows each commit from the source's verdict to the last proxy, and has its reports delivered.

A commit is reported when its source has dealt with it, now and then while proxies are behind, and when every connected
proxy has answered, or one has refused. Whoever asks nothing of it is told nothing: without targets nothing runs.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from galley.app.notify.messenger import Messenger
from galley.app.notify.report import Fault, Standing, fault_of, report
from galley.metrics import NotifyMetrics
from pipeline.engines.contract import Receipt
from pipeline.model.diagnostic import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from galley.app.fleet.fleet import Fleet
    from galley.app.notify.report import CommitReport
    from galley.settings.notify import NotifySettings
    from galley.sources.git.source import GitSource
    from galley.sources.git.verdict import Verdict
    from pipeline.engines.contract import Engine
    from pipeline.model.delivery import Delivery
    from pipeline.model.diagnostic import Diagnostic

LATE: Final = 600.0
"""Seconds after which a commit that is not live everywhere is reported as failed."""

_EVERY: Final = 2.0
"""Seconds between two reports of a commit that is under way."""

_MOST: Final = 100
"""Commits that are followed at a time."""

_MOST_FAULTS: Final = 50


@dataclass(slots=True)
class _Underway:
    """A commit that is followed. `revision` is the one that it is in, 0 while there is none yet."""

    verdict: Verdict
    begun: float
    revision: int
    told: CommitReport | None = None
    told_at: float = 0.0


class Notifier:
    """Used on the engine's loop."""

    def __init__(
        self,
        settings: NotifySettings,
        engine: Engine,
        sources: Sequence[GitSource],
        *,
        fleet: Fleet,
        clock: Callable[[], float],
    ) -> None:
        """Hear of these sources' commits, and of the fleet's answers."""
        self.messengers = [Messenger(target, settings, clock) for target in settings.targets]
        self.metrics = NotifyMetrics(self._counts)
        self._engine = engine
        self._fleet = fleet
        self._clock = clock
        self._underway: dict[tuple[str, str], _Underway] = {}
        self._wake = asyncio.Event()
        for source in sources:
            source.heard.append(self.hear)
        fleet.listeners[self._stir] = None

    def hear(self, verdict: Verdict) -> None:
        """Follow a commit from now on."""
        self._underway.pop((verdict.source, verdict.commit.oid), None)
        while len(self._underway) >= _MOST:
            self._underway.pop(next(iter(self._underway)))
        receipt, held = verdict.receipt, self._engine.state.hold is not None
        revision = receipt.revision if isinstance(receipt, Receipt) and not held else 0
        self._underway[verdict.source, verdict.commit.oid] = _Underway(verdict, self._clock(), revision)
        self._wake.set()

    async def run(self) -> None:
        """Follow and deliver, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for messenger in self.messengers:
                tasks.create_task(messenger.run(), name=f"notify.{messenger.target.kind}")
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_EVERY if self._underway else None):
                        await self._wake.wait()
                self._wake.clear()
                self._look()

    def _counts(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for messenger in self.messengers:
            told, failed = found.get(messenger.target.kind, (0, 0))
            found[messenger.target.kind] = (told + messenger.told, failed + messenger.failed)
        return found

    def _stir(self) -> None:
        """A proxy has answered."""
        if self._underway:
            self._wake.set()

    def _look(self) -> None:
        now = self._clock()
        for which, commit in list(self._underway.items()):
            commit.revision = commit.revision or self._newest()
            waiting = not commit.revision or bool(self._fleet.unknown or self._fleet.waiting(commit.revision))
            if waiting and now - commit.told_at < _EVERY:
                continue
            commit.told_at = now
            found = report(commit.verdict, self._standing(commit, waiting=waiting))
            if found != commit.told:
                commit.told = found
                for messenger in self.messengers:
                    messenger.put(found)
            if (found.final and not waiting) or now - commit.begun > LATE:
                del self._underway[which]

    def _standing(self, commit: _Underway, *, waiting: bool) -> Standing:
        revision, hold = commit.revision, self._engine.state.hold
        seconds = self._clock() - commit.begun
        late = waiting and seconds > LATE
        held = tuple(fault_of(one) for one in self._held(commit.verdict))
        if not revision:
            return Standing(revision=0, held=held, guarded=hold.number if hold else 0, late=late)
        if not self._fleet.counts:
            return Standing(revision=revision, held=held, proxies=False)
        live = self._fleet.live(revision)
        refused = tuple(
            Fault(file="", line=0, code="", message=f"{item.subscriber}: {item.reason}{self._made_of(item)}")
            for item in live.refused[:_MOST_FAULTS]
        )
        return Standing(
            revision=revision,
            held=held,
            refused=refused,
            applied=live.applied,
            of=live.of,
            waiting=waiting,
            seconds=seconds,
            late=late,
        )

    def _made_of(self, item: Delivery) -> str:
        places = self._fleet.blame(item.subscriber, item.type_url, item.name)
        return f" (made of {', '.join(places[:3])})" if places else ""

    def _newest(self) -> int:
        """Return the revision that a commit is in which has none of its own; 0 where one is still to come."""
        snapshot = self._engine.snapshot
        return snapshot.revision.number if snapshot is not None and self._engine.state.hold is None else 0

    def _held(self, verdict: Verdict) -> Iterator[Diagnostic]:
        """Give the errors for which something in the files of a commit is not served."""
        if verdict.refused:
            return
        state = self._engine.state
        for file in verdict.files:
            place = (verdict.source, file)
            fault = state.faults.get(place)
            found = list(fault.diagnostics) if fault is not None else []
            for key in sorted(state.places.get(place, ())):
                claim = state.claims[key][place]
                found += claim.diagnostics if not claim.accepted else ()
            yield from (one for one in found if one.severity is Severity.ERROR)
