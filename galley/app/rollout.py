"""`Rollout`: tells how far each revision has come among the proxies, and which of them refuse something of it.

The last step of a revision is told at once, however many revisions there are; those before it only of the newest
revision, and a few times a second: a fleet that takes a change answers thousands of times.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from schemas.events.catalogue import Applied, Nacked

if TYPE_CHECKING:
    from collections.abc import Callable

    from galley.app.reception import Tell
    from pipeline.model.revision import Revision
    from proxy.xds.ledger import Ledger, Live

_EVERY = 0.2
_SHARE = 20
"""Looking takes at most one part in so many of the time, however many proxies there are."""

_MOST_UNDERWAY = 1_000
"""Revisions that are followed at a time; a proxy that never answers holds up the end of each."""

_MOST_REASON = 4_096
"""Characters of a proxy's reason."""


class Rollout:
    """Asks the ledger, and tells `tell`; `converged` is called with each revision that some proxies all have."""

    def __init__(self, ledger: Ledger, tell: Tell, converged: Callable[[Revision], None]) -> None:
        """Listen to the ledger."""
        self._ledger = ledger
        self._tell = tell
        self._converged = converged
        self._underway: dict[int, Revision] = {}
        self._refused: set[tuple[str, str, str, str]] = set()
        self._told: tuple[int, int, int, int] = (0, 0, 0, 0)
        self._stirred = asyncio.Event()
        ledger.listeners[self._delivered] = None

    def begin(self, revision: Revision) -> None:
        """Follow a revision that is being sent."""
        self._underway[revision.number] = revision
        while len(self._underway) > _MOST_UNDERWAY:
            del self._underway[next(iter(self._underway))]
        self._delivered()

    async def run(self) -> None:
        """Tell of progress until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            begun = loop.time()
            self._look()
            await asyncio.sleep(max(_EVERY, _SHARE * (loop.time() - begun)))

    def _delivered(self) -> None:
        """Tell which revisions are everywhere now: if one is not, no later one is."""
        for number, revision in list(self._underway.items()):
            if self._ledger.waiting(number):
                self._stirred.set()
                return
            del self._underway[number]
            found = self._ledger.live(number)
            self._tell_refusals(revision, found)
            self._tell_applied(revision, found, complete=True)
            if found.of:
                self._converged(revision)

    def _look(self) -> None:
        if not self._underway:
            return
        revisions = list(self._underway.values())
        if len(revisions) > 1:
            self._tell_refusals(revisions[0], self._ledger.live(revisions[0].number))
        newest = revisions[-1]
        found = self._ledger.live(newest.number)
        self._tell_refusals(newest, found)
        if found.applied or found.refused:
            self._tell_applied(newest, found, complete=False)

    def _tell_refusals(self, revision: Revision, found: Live) -> None:
        refused = set()
        for item in found.refused:
            known = (item.subscriber, item.type_url, item.name, item.version)
            refused.add(known)
            if known not in self._refused:
                self._refused.add(known)
                reason = item.reason[:_MOST_REASON]
                event = Nacked(
                    revision=revision.number,
                    node=item.subscriber,
                    type=item.type_url,
                    resource=item.name,
                    reason=reason,
                )
                self._tell(event, revision.cause.trace)
        if revision.number == self._ledger.revision:
            self._refused = refused

    def _tell_applied(self, revision: Revision, found: Live, *, complete: bool) -> None:
        refused = len({item.subscriber for item in found.refused})
        step = (revision.number, found.applied, found.of, refused)
        if complete or step != self._told:
            self._told = step
            event = Applied(
                revision=revision.number, applied=found.applied, of=found.of, refused=refused, complete=complete
            )
            self._tell(event, revision.cause.trace)
