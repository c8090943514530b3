"""What this process publishes on Kafka. The libraries are loaded only where that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.app.cannot_start import CannotStart
from galley.metrics import KafkaMetrics, KafkaSample
from schemas.events.catalogue import Published

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from typing import Any

    from galley.app.events import Event, Events
    from galley.settings.settings import Settings
    from pipeline.engines.contract import Engine
    from sinks.kafka.event_publisher import EventPublisher
    from sinks.kafka.mesh_publisher import MeshPublisher

_LIBRARIES = frozenset({"aiokafka", "kafka"})


class KafkaPublishing:
    """The events of this process; and with the embedded engine, the mesh and its revisions."""

    def __init__(self, events: EventPublisher, mesh: MeshPublisher | None, leads: Callable[[], bool]) -> None:
        """`leads` tells whether revisions are this process' to tell of: of several that see one, one does."""
        self.metrics = KafkaMetrics(self._sample)
        self._events = events
        self._mesh = mesh
        self._leads = leads

    def hear(self, event: Event) -> None:
        """Publish an event."""
        if not isinstance(event.data, Published) or self._leads():
            self._events.tell(event.body)

    def attach(self, engine: Engine) -> None:
        """Publish what the engine serves."""
        if self._mesh is not None:
            engine.attach(self._mesh)

    def background(self) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        """Give what is to be run."""
        yield "kafka.events", self._events.run()
        if self._mesh is not None:
            yield "kafka.mesh", self._mesh.run()

    def _sample(self) -> KafkaSample:
        events, mesh = self._events, self._mesh
        return KafkaSample(
            events_up=not events.upkeep.trouble,
            events_waiting=events.waiting,
            events_sent=events.sent,
            events_dropped=events.dropped,
            mesh_up=None if mesh is None else not mesh.upkeep.trouble,
            mesh_revision=mesh.revision if mesh else 0,
            mesh_records=mesh.sent if mesh else 0,
        )


def kafka_publishing(settings: Settings, engine: Engine, events: Events) -> KafkaPublishing | None:
    """Return what publishes, which hears of the events from now on; None where nothing is to be published.

    Raise `CannotStart` where the libraries are not installed.
    """
    if not settings.kafka.publish and settings.engine != "kafka":
        return None
    try:
        from sinks.kafka.event_publisher import EventPublisher
        from sinks.kafka.mesh_publisher import MeshPublisher
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _LIBRARIES:
            raise
        raise CannotStart(
            f"kafka.publish needs libraries that are not installed ({error.name} is missing)",
            "pip install 'galley-mesh[kafka]'",
        ) from error
    mesh = None
    if settings.engine == "embedded":
        mesh = MeshPublisher(settings.kafka, settings.history.revisions, engine.log.history)
    publishing = KafkaPublishing(EventPublisher(settings.kafka), mesh, _leads(settings, engine))
    events.hearers.append(publishing.hear)
    return publishing


def _leads(settings: Settings, engine: Engine) -> Callable[[], bool]:
    if settings.engine == "embedded":
        return lambda: True
    from pipeline.engines.kafka.engine import KafkaEngine

    assert isinstance(engine, KafkaEngine)
    return lambda: engine.writing
