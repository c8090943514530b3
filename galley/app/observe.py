"""What the server tells of itself: events and metrics of each revision, from the entry to the last ACK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from galley.app.control.source_health import healths
from galley.metrics import ServerMetrics, SourceSample
from pipeline.stages.report import held

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from prometheus_client import CollectorRegistry

    from galley.app.control.source_health import SourceHealth
    from galley.app.events import Events
    from galley.app.journal import Journal
    from galley.sources.contract import Source
    from pipeline.engines.contract import Engine
    from pipeline.model.revision import Revision
    from pipeline.model.snapshot import Snapshot
    from proxy.xds.ledger import Ledger


class Observer:
    """A sink that watches: told of each snapshot, and by the ledger of what became of it."""

    name = "observer"

    def __init__(self, engine: Engine, events: Events, journal: Journal, clock: Callable[[], float]) -> None:
        """Watch the engine, and tell events and journal; `clock` gives seconds since the epoch."""
        self._journal = journal
        self._engine = engine
        self._events = events
        self._clock = clock
        self._ledger: Ledger | None = None
        self._metrics: ServerMetrics | None = None
        self._underway: dict[int, Revision] = {}
        self._refused: set[tuple[str, str, str, str]] = set()
        self._last = 0

    def expose(self, registry: CollectorRegistry, ledger: Ledger | None, sources: Sequence[Source]) -> None:
        """Register the metrics, and listen to the ledger."""
        self._ledger = ledger
        self._metrics = ServerMetrics(
            self._gauges, lambda: _samples(healths(sources, self._engine.state, self._clock()))
        )
        registry.register(self._metrics)
        if ledger is not None:
            ledger.listeners[self._delivered] = None

    def take(self) -> None:
        """Read the gauges for a scrape, here on the loop."""
        if self._metrics is not None:
            self._metrics.take()

    def publish(self, snapshot: Snapshot, settled: Sequence[tuple[Any, Any]]) -> None:
        """Tell of a new revision."""
        del settled
        revision = snapshot.revision
        if revision.number == self._last:
            return
        self._last = revision.number
        self._add(
            "published",
            revision,
            digest=revision.digest,
            source=revision.source,
            changed=[str(key) for key in sorted(revision.changed)],
        )
        self._underway[revision.number] = revision
        self._delivered()

    def _delivered(self) -> None:
        """Tell which revisions are everywhere now, and what is refused."""
        if self._ledger is None or not self._underway:
            return
        for number, revision in list(self._underway.items()):
            if self._ledger.waiting(number):
                continue
            del self._underway[number]
            found = self._ledger.live(number)
            for item in found.refused:
                known = (item.subscriber, item.type_url, item.name, item.version)
                if known not in self._refused:
                    self._refused.add(known)
                    self._add("nacked", revision, node=item.subscriber, resource=item.name, reason=item.reason)
            self._add("applied", revision, applied=found.applied, of=found.of)
            if self._metrics is not None and found.of:
                self._metrics.converged(self._clock() - revision.cause.at)

    def tell(self, type_: str, revision: int, trace: str, /, **data: object) -> None:
        """Record an event of a revision, under the trace of the change that led to it."""
        self._events.add(type_, self._clock(), revision, trace, **data)
        self._journal.tell(type_, revision, trace, data)
        if self._metrics is not None:
            self._metrics.event(type_)

    def _add(self, type_: str, revision: Revision, **data: object) -> None:
        self.tell(type_, revision.number, revision.cause.trace, **data)

    def _gauges(self) -> dict[str, float]:
        engine, ledger = self._engine, self._ledger
        state = engine.state
        number = state.revision.number if state.revision else 0
        found = ledger.live(number) if ledger else None
        return {
            "galley_revision": number,
            "galley_objects": len(state.mesh),
            "galley_held_objects": len(held(state)),
            "galley_faulted_places": len(state.faults),
            "galley_pinned_objects": len(state.pins),
            "galley_guard_holding": float(state.hold is not None),
            "galley_accepting": float(not engine.trouble),
            "galley_proxies_connected": found.of if found else 0,
            "galley_proxies_live": found.applied if found else 0,
            "galley_proxies_refusing": len({item.subscriber for item in found.refused}) if found else 0,
            "galley_graph_results": engine.graph.size(),
        }


def _samples(found: Sequence[SourceHealth]) -> dict[str, SourceSample]:
    return {
        health.name: SourceSample(
            age_seconds=health.age,
            last_sync_timestamp_seconds=health.last_sync,
            objects=health.objects,
            held_objects=health.held,
            faulted_places=health.faults,
            synced=health.synced,
            failing=bool(health.errors),
            errors=health.failures,
        )
        for health in found
    }
