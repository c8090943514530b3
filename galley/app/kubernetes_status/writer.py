"""`StatusWriter`: writes into the objects of one cluster what became of them.

Theory of operation. The source tells whose words took effect; a moment later, when proxies have answered, the object's
fate is compared with the status that it has in the cluster, which the source's own watch knows, and what differs is
written, with the version that was seen: whoever changed the object meanwhile makes that a conflict, and it is looked at
again. A fate that is not final is looked at again, ever more rarely. Our own writes come back by the watch as a status
that already says so, and so end there.
"""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import structlog

from galley.app.kubernetes_status.blamed import blamed
from galley.app.kubernetes_status.conditions import status_of
from galley.app.kubernetes_status.fate import fate_of
from galley.app.kubernetes_status.gateway_api import GatewayApi
from galley.app.kubernetes_status.lease import Lease
from galley.app.kubernetes_status.observed import Observed
from galley.sources.backoff import Backoff
from galley.sources.kubernetes.api import Api
from galley.sources.kubernetes.failure import Refusal, Unreachable
from pipeline.model.change import Upserted
from pipeline.model.diagnostic import Severity
from pipeline.stages import analyze

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

    from galley.app.fleet.fleet import Fleet
    from galley.app.kubernetes_status.fate import Fate
    from galley.settings.kubernetes import StatusSettings
    from galley.sources.kubernetes.source import KubernetesSource, Subject
    from pipeline.engines.contract import Engine
    from pipeline.model.delivery import Delivery
    from pipeline.model.diagnostic import Diagnostic
    from pipeline.model.key import Key
    from pipeline.model.snapshot import Snapshot
    from proxy.xds.ledger import Live

_LOG = structlog.get_logger("galley")

SOON: Final = 0.1
"""Seconds after a change at which its fate is looked at first."""

PATIENCE: Final = 2.0
"""Seconds that proxies have to answer before it is written that they have not."""

RARELY: Final = 30.0
"""Seconds between two looks at a fate that is not final, at most."""

_MERGE: Final = "application/merge-patch+json"


class StatusWriter:
    """Writes the statuses of the objects of one source."""

    def __init__(
        self,
        source: KubernetesSource,
        engine: Engine,
        settings: StatusSettings,
        identity: str,
        fleet: Fleet,
    ) -> None:
        """Listen to the source; `identity` is ours among several servers."""
        self._source = source
        self._engine = engine
        self._settings = settings
        self._api = Api(source.place)
        self._lease = Lease(self._api, settings.lease, identity) if settings.lease else None
        self._fleet = fleet
        self._gateway_api = GatewayApi(engine.graph, fleet, self._stir)
        self._findings = Observed(engine.graph, self._stir)
        self._queue: list[tuple[float, str]] = []
        self._due: dict[str, float] = {}
        self._since: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._live: dict[int, Live] = {}
        self._blamed: dict[Key, list[Delivery]] = {}
        self.written = 0
        source.listeners.append(self.heard)

    def heard(self, places: Collection[str]) -> None:
        """Take note that the words of these objects took effect; what is due already waits for its turn."""
        now = asyncio.get_running_loop().time()
        for place in places:
            self._since[place] = now
            if self._due.get(place, now + SOON) > now:
                self._look_again(place, now + SOON)

    @property
    def name(self) -> str:
        """See `pipeline.engines.contract.Sink.name`."""
        return f"status.{self._source.name}"

    def publish(self, snapshot: Snapshot, settled: Sequence[tuple[Any, Any]]) -> None:
        """See `pipeline.engines.contract.Sink.publish`: what is to be said may have changed by another object."""
        del snapshot
        self._gateway_api.settled(settled)
        self._findings.settled(settled)

    def _stir(self, places: Collection[str]) -> None:
        """Look at objects of which others changed what is to be said; those that are due soon are looked at then."""
        soon = asyncio.get_running_loop().time() + SOON
        for place in places:
            self._since.setdefault(place, soon - SOON)
            if self._due.get(place, soon + 1) > soon:
                self._look_again(place, soon)

    async def run(self) -> None:
        """Write, until cancelled; where a Lease is named, only while it is ours."""
        try:
            async with asyncio.TaskGroup() as tasks:
                if self._lease is not None:
                    tasks.create_task(self._lease.run(), name="lease")
                tasks.create_task(self._work(), name="statuses")
        finally:
            await self._api.close()

    async def _work(self) -> None:
        backoff = Backoff()
        leading = self._lease is None
        while True:
            if self._lease is not None and not self._lease.held.is_set():
                leading = False
                await self._lease.held.wait()
            if not leading:
                leading = True
                self.heard(list(self._source.places))
            try:
                await self._round(await self._next())
            except Unreachable as error:
                _LOG.warning("status.failing", source=self._source.name, reason=str(error))
                await asyncio.sleep(backoff.pause())
            else:
                backoff.reset()

    async def _next(self) -> list[str]:
        """Return the places that are due, waiting for one, and no longer than a Lease may last."""
        loop = asyncio.get_running_loop()
        if not self._queue or self._queue[0][0] > loop.time():
            self._wake.clear()
            due = self._queue[0][0] if self._queue else loop.time() + 1
            try:
                async with asyncio.timeout_at(min(due, loop.time() + 1)):
                    await self._wake.wait()
            except TimeoutError:
                pass
        found: list[str] = []
        while self._queue and self._queue[0][0] <= loop.time() and len(found) < self._settings.rate:
            at, place = heapq.heappop(self._queue)
            if self._due.get(place) == at:
                del self._due[place]
                found.append(place)
        return found

    def _look_again(self, place: str, at: float) -> None:
        self._due[place] = at
        heapq.heappush(self._queue, (at, place))
        self._wake.set()

    async def _round(self, places: list[str]) -> None:
        """Look at some objects; what the proxies say is asked once for all of them."""
        self._live, self._blamed = {}, self._blame() if places else {}
        self._gateway_api.begin()
        for position, place in enumerate(places):
            if self._lease is not None and not self._lease.held.is_set():
                return  # whoever has it now looks at all of them
            try:
                if await self._settle(place):
                    await asyncio.sleep(1 / self._settings.rate)
            except Unreachable:
                for left in places[position:]:
                    self._look_again(left, asyncio.get_running_loop().time() + SOON)
                raise

    async def _settle(self, place: str) -> bool:
        """Compare an object's fate with its status, and write what differs; return whether something was written."""
        loop = asyncio.get_running_loop()
        subject = self._source.subject(place)
        fate = self._fate(place, subject) if subject is not None else None
        if subject is None or fate is None:
            self._since.pop(place, None)
            self._gateway_api.forget(place)
            self._findings.forget(place)
            return False
        judged = self._gateway_api.judge(place, subject, fate)
        fate = judged.fate if judged is not None else fate
        age = loop.time() - self._since.setdefault(place, loop.time())
        if judged.is_final if judged is not None else fate.is_final:
            self._since.pop(place, None)
        else:
            self._look_again(place, loop.time() + min(RARELY, max(SOON, age)))
            if age < PATIENCE and not fate.refused and (fate.pending or fate.unknown or not fate.of):
                return False
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if judged is not None:
            status = judged.status(now)
        else:
            fate = self._among(place, subject.key, fate)
            status = status_of(fate, subject.live.generation, subject.live.status, now)
        if status is None:
            return False
        await self._write(place, subject, status)
        return True

    def _fate(self, place: str, subject: Subject) -> Fate | None:
        """Return what became of the object as it is in the cluster; None where the stages have not heard that yet."""
        at = (self._source.name, place)
        claim = self._engine.state.claims.get(subject.key, {}).get(at)
        said = subject.said
        if isinstance(said, Upserted) and (claim is None or claim.resource.digest != said.resource.digest):
            return None
        unknown = self._fleet.unknown
        return fate_of(self._engine.state, subject.key, at, self._on_proxies, self._blamed, unknown=unknown)

    def _among(self, place: str, key: Key, fate: Fate) -> Fate:
        """Return an object's fate with what is wrong with it among the others, where it is what is served."""
        if fate.errors or fate.instead:
            self._findings.forget(place)
            return fate
        found: Sequence[Diagnostic] = self._findings.ask(place, analyze.findings, key) or ()
        told = (one for one in found if one.severity is not Severity.INFO)
        return replace(fate, among=tuple(sorted(told, key=lambda one: one.severity.rank)))

    def _on_proxies(self, revision: int) -> Live:
        found = self._live.get(revision)
        if found is None:
            found = self._live[revision] = self._fleet.live(revision)
        return found

    def _blame(self) -> dict[Key, list[Delivery]]:
        """Return which refusals go back to which object."""
        return blamed(self._fleet.refused(), self._fleet.made_of)

    async def _write(self, place: str, subject: Subject, status: dict[str, Any]) -> None:
        body = {"metadata": {"resourceVersion": subject.live.version}, "status": status}
        loop = asyncio.get_running_loop()
        try:
            await self._api.send("PATCH", f"{subject.path}/status", body, content=_MERGE)
        except Refusal as refusal:
            if refusal.status == HTTPStatus.CONFLICT:
                self._look_again(place, loop.time() + SOON)
            elif not refusal.is_missing:
                _LOG.warning("status.refused", object=place, reason=str(refusal))
                self._look_again(place, loop.time() + RARELY)
            return
        self.written += 1
