"""`KafkaWorld`: a topic of a real broker, which the suite of every source changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.app.policy import policy_for
from galley.settings.kafka import KafkaSettings, KafkaSourceSettings
from galley.sources.kafka.source import KafkaSource
from schemas.registry import DEFAULT_REGISTRY
from tests.sources.contract import World, document
from tests.sources.kafka.topics import Topics, topic_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.components.kafka_broker import Kafka
    from tests.sources.cutting import Cutting

PARTITIONS = 3


class KafkaWorld(World):
    """A compacted topic of several partitions; `way`, the way to its broker, can be cut."""

    def __init__(
        self,
        broker: Kafka,
        way: Cutting | None = None,
        configs: Mapping[str, str] | None = None,
        **asked: object,
    ) -> None:
        """Make a topic with these settings of the broker's; `asked` are the source's beside it."""
        self.topics = Topics(broker.bootstrap)
        self.topic = self.topics.make(topic_name(), PARTITIONS, configs)
        self._way = way
        self.settings = KafkaSettings(
            bootstrap=(f"127.0.0.1:{way.port}" if way else broker.bootstrap,), prefix=f"{self.topic}."
        )
        self.asked = KafkaSourceSettings.model_validate({"topic": self.topic, **asked})

    def source(self, name: str = "kafka") -> KafkaSource:
        """See `World`."""
        policy = policy_for(DEFAULT_REGISTRY)
        return KafkaSource(self.asked, self.settings, policy, DEFAULT_REGISTRY, name=name)

    def change(self, objects: Mapping[str, int | None]) -> None:
        """See `World`."""
        self.topics.write(
            self.topic,
            [(key_of(name), None if value is None else document(name, value)) for name, value in objects.items()],
        )

    def spoil(self, name: str) -> None:
        """See `World`: a document that is cut off."""
        self.topics.write(self.topic, [(key_of(name), "apiVersion: [networking")])

    def lose(self) -> None:
        """See `World`."""
        assert self._way is not None
        self._way.lose()

    def find(self) -> None:
        """See `World`."""
        assert self._way is not None
        self._way.find()

    def close(self) -> None:
        """End the test's own connections."""
        self.topics.close()


def key_of(name: str) -> str:
    """Return the key of the suite's objects."""
    return f"Sidecar/default/{name}"
