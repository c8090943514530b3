"""Every metric of the server's own, by name; Mixer's and Citadel's stand with them. Closed label sets, never a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from prometheus_client import Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prometheus_client import Metric

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

GAUGES: Mapping[str, str] = {
    "galley_revision": "The number of the revision that is served.",
    "galley_objects": "Objects in the mesh that is served.",
    "galley_held_objects": "Objects whose latest version is held back.",
    "galley_faulted_places": "Files or clusters that cannot be read, wholly or in part.",
    "galley_pinned_objects": "Objects that a rollback holds.",
    "galley_guard_holding": "1 while the shrink guard holds a revision.",
    "galley_accepting": "1 while changes are accepted.",
    "galley_proxies_connected": "Proxies that are connected.",
    "galley_proxies_live": "Connected proxies on which the newest revision is live.",
    "galley_proxies_refusing": "Connected proxies that refuse something.",
    "galley_graph_results": "Results that the incremental graph keeps.",
}
"""Gauges without labels, by name, with their help."""


class SourceSample(NamedTuple):
    """How a source is: its age and the time of its last sync (seconds), and counts; a name of `SOURCE_GAUGES` each."""

    age_seconds: float
    last_sync_timestamp_seconds: float
    objects: int
    held_objects: int
    faulted_places: int
    synced: bool
    failing: bool
    errors: int


SOURCE_GAUGES: Mapping[str, str] = {
    "age_seconds": "Seconds since a source was last in step; it grows while the source is out of reach.",
    "last_sync_timestamp_seconds": "When a source was last in step, since the epoch; 0: never.",
    "objects": "Objects that a source has.",
    "held_objects": "Objects of a source whose latest version is held back.",
    "faulted_places": "Files or clusters of a source that cannot be read, wholly or in part.",
    "synced": "1 once a source has said everything, also in an earlier life of the server.",
    "failing": "1 while a source has errors.",
}
"""Gauges by source (`galley_source_NAME`), with their help; the sources are those of the settings."""


class ServerMetrics:
    """Gauges as they were when last taken; `sources` gives how each source is, by its name.

    `take` reads them, on the server's loop; what was taken may then be collected in a thread.
    """

    def __init__(
        self, gauges: Callable[[], Mapping[str, float]], sources: Callable[[], Mapping[str, SourceSample]]
    ) -> None:
        """Ask these functions at each `take`."""
        self._gauges = gauges
        self._sources = sources
        self._taken: tuple[Mapping[str, float], Mapping[str, SourceSample]] = ({}, {})
        self._convergence = Histogram(
            "galley_convergence_seconds",
            "From a change's arrival to the last connected proxy's acceptance.",
            buckets=_BUCKETS,
            registry=None,
        )
        self._events: dict[str, int] = {}

    def take(self) -> None:
        """Read the gauges."""
        self._taken = (self._gauges(), self._sources())

    def converged(self, seconds: float) -> None:
        """A revision is live everywhere, so long after it came."""
        self._convergence.observe(max(0.0, seconds))

    def event(self, type_: str) -> None:
        """An event of a type happened."""
        self._events[type_] = self._events.get(type_, 0) + 1

    def collect(self) -> Iterator[Metric]:
        """Give everything, as Prometheus' client asks."""
        values, sources = self._taken
        for name, help_ in GAUGES.items():
            yield GaugeMetricFamily(name, help_, value=values.get(name, 0.0))
        yield from _sources(sources)
        events = CounterMetricFamily("galley_events", "Events, by type.", labels=["type"])
        for type_, count in sorted(self._events.copy().items()):
            events.add_metric([type_], count)
        yield events
        yield from self._convergence.collect()


def _sources(samples: Mapping[str, SourceSample]) -> Iterator[Metric]:
    for field, help_ in SOURCE_GAUGES.items():
        gauge = GaugeMetricFamily(f"galley_source_{field}", help_, labels=["source"])
        for source, sample in sorted(samples.items()):
            gauge.add_metric([source], float(getattr(sample, field)))
        yield gauge
    errors = CounterMetricFamily("galley_source_errors", "Errors of a source since the start.", labels=["source"])
    for source, sample in sorted(samples.items()):
        errors.add_metric([source], sample.errors)
    yield errors


class NotifyMetrics:
    """Reports of commits: by kind of target, how many were delivered and how many were given up."""

    def __init__(self, counts: Callable[[], Mapping[str, tuple[int, int]]]) -> None:
        """Ask this function for (delivered, given up) by kind at each scrape."""
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Give both counters, as Prometheus' client asks."""
        family = CounterMetricFamily(
            "galley_notifications", "Reports of commits, by target.", labels=["kind", "result"]
        )
        for kind, (told, failed) in sorted(self._counts().items()):
            family.add_metric([kind, "delivered"], told)
            family.add_metric([kind, "failed"], failed)
        yield family


class KafkaSample(NamedTuple):
    """How publishing on Kafka goes; what is None is not published by this process."""

    events_up: bool
    events_waiting: int
    events_sent: int
    events_dropped: int
    mesh_up: bool | None = None
    mesh_revision: int = 0
    mesh_records: int = 0


class KafkaMetrics:
    """What is published on Kafka: events, and the mesh with its revisions."""

    def __init__(self, sample: Callable[[], KafkaSample]) -> None:
        """Ask this function at each scrape."""
        self._sample = sample

    def collect(self) -> Iterator[Metric]:
        """Give everything, as Prometheus' client asks."""
        found = self._sample()
        up = GaugeMetricFamily("galley_kafka_publishing", "1 while it is published on Kafka.", labels=["what"])
        up.add_metric(["events"], float(found.events_up))
        if found.mesh_up is not None:
            up.add_metric(["mesh"], float(found.mesh_up))
            help_ = "The newest revision that the topics resources and revisions have."
            yield GaugeMetricFamily("galley_kafka_published_revision", help_, value=found.mesh_revision)
            help_ = "Records sent to the topics resources and revisions."
            yield CounterMetricFamily("galley_kafka_mesh_records", help_, value=found.mesh_records)
        yield up
        help_ = "Events that no broker has acknowledged yet."
        yield GaugeMetricFamily("galley_kafka_events_waiting", help_, value=found.events_waiting)
        yield CounterMetricFamily("galley_kafka_events_sent", "Events published on Kafka.", value=found.events_sent)
        help_ = "Events that were too many to keep while no broker was in reach."
        yield CounterMetricFamily("galley_kafka_events_dropped", help_, value=found.events_dropped)
