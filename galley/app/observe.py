"""What the server tells of itself: events and metrics of each revision, from the entry to the last ACK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from galley.app.control.source_health import healths
from galley.app.rollout import Rollout
from galley.metrics import ServerMetrics, SourceSample
from pipeline.stages.report import held
from schemas.events.catalogue import MOST_NAMES, Published

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
    from schemas.events.catalogue import AnyEvent


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
        self._rollout: Rollout | None = None
        self._metrics: ServerMetrics | None = None
        self._last = 0

    def expose(self, registry: CollectorRegistry, ledger: Ledger | None, sources: Sequence[Source]) -> None:
        """Register the metrics, and listen to the ledger."""
        self._ledger = ledger
        self._metrics = ServerMetrics(
            self._gauges, lambda: _samples(healths(sources, self._engine.state, self._clock()))
        )
        registry.register(self._metrics)
        if ledger is not None:
            self._rollout = Rollout(ledger, self.tell, self._converged)

    async def run(self) -> None:
        """Tell how far revisions are, until cancelled."""
        if self._rollout is not None:
            await self._rollout.run()

    def served(self, snapshot: Snapshot | None) -> None:
        """Take note of what is served from the log at the start: it was told of in an earlier life."""
        self._last = snapshot.revision.number if snapshot else 0

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
        names = tuple(str(key) for key in sorted(revision.changed)[:MOST_NAMES])
        event = Published(
            revision=revision.number,
            digest=revision.digest,
            parent=revision.parent,
            source=revision.source,
            author=revision.cause.author,
            commit=revision.cause.commit,
            changed=names,
            changes=len(revision.changed),
        )
        self.tell(event, revision.cause.trace)
        if self._rollout is not None:
            self._rollout.begin(revision)

    def tell(self, event: AnyEvent, trace: str, /) -> None:
        """Record an event, under the trace of the change that led to it."""
        self._events.add(event, self._clock(), trace)
        self._journal.tell(event, trace)
        if self._metrics is not None:
            self._metrics.event(event.word())

    def _converged(self, revision: Revision) -> None:
        if self._metrics is not None:
            self._metrics.converged(self._clock() - revision.cause.at)

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
