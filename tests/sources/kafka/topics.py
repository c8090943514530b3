"""Topics of a real broker, as a test writes and reads them: blocking, with kafka-python, from outside of Galley."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

import orjson
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COMPACTED = {"cleanup.policy": "compact"}


def topic_name() -> str:
    """Return the name of a topic that nobody has."""
    return f"mesh-{secrets.token_hex(4)}"


class Topics:
    """What a test does with one broker. `close` ends its connections."""

    def __init__(self, bootstrap: str) -> None:
        """Connect."""
        self.bootstrap = bootstrap
        self._producer = _producer(bootstrap)

    def make(self, topic: str, partitions: int = 1, configs: Mapping[str, str] | None = None) -> str:
        """Make a topic; return its name."""
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=dict(configs or COMPACTED))])
        finally:
            admin.close()
        return topic

    def reconnect(self) -> None:
        """Connect anew, and know nothing of before."""
        self.close()
        self._producer = _producer(self.bootstrap)

    def remove(self, topic: str) -> None:
        """Delete a topic."""
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            admin.delete_topics([topic])
        finally:
            admin.close()

    def names(self) -> set[str]:
        """Return the topics that there are."""
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            return set(admin.list_topics())
        finally:
            admin.close()

    def write(
        self,
        topic: str,
        records: Iterable[tuple[str | bytes | None, str | bytes | None]],
        headers: Iterable[tuple[str, bytes]] = (),
        partition: int | None = None,
    ) -> None:
        """Write records (key, value) together, and wait until the broker has them."""
        sent = [
            self._producer.send(topic, key=_bytes(key), value=_bytes(value), headers=list(headers), partition=partition)
            for key, value in records
        ]
        self._producer.flush(timeout=30)
        for one in sent:
            one.get(timeout=30)

    def read(self, topic: str, count: int, seconds: float = 15.0) -> list[Any]:
        """Return the first records of a topic; fewer where there are not so many within the seconds."""
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, consumer_timeout_ms=int(seconds * 1e3))
        try:
            found: list[Any] = []
            end = time.monotonic() + seconds
            while not (partitions := consumer.partitions_for_topic(topic)):
                assert time.monotonic() < end, f"there is no topic {topic}"
                time.sleep(0.05)
            at = [TopicPartition(topic, one) for one in partitions]
            consumer.assign(at)
            consumer.seek_to_beginning(*at)
            while len(found) < count:
                try:
                    found.append(next(consumer))
                except StopIteration:
                    break
            return found
        finally:
            consumer.close()

    def verdicts(self, topic: str, count: int, seconds: float = 15.0) -> list[dict[str, Any]]:
        """Return the first verdicts on a topic's records."""
        return [orjson.loads(one.value) for one in self.read(f"{topic}.verdicts", count, seconds)]

    def close(self) -> None:
        """End the connections."""
        self._producer.close(timeout=1)


def _producer(bootstrap: str) -> KafkaProducer:
    return KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5)


def _bytes(text: str | bytes | None) -> bytes | None:
    return text.encode() if isinstance(text, str) else text
