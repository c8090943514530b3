"""What somebody may do to a mesh's topics behind the engine's back: send anything, truncate, make anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka import AIOKafkaProducer
from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from galley.kafka.admin import administration
from galley.kafka.ensure import ensure_topics
from galley.kafka.wanted import engine_topics

if TYPE_CHECKING:
    from galley.settings.kafka import KafkaSettings


async def send(settings: KafkaSettings, topic: str, key: bytes | None, value: bytes | None) -> None:
    """Send a record without headers."""
    producer = AIOKafkaProducer(bootstrap_servers=list(settings.bootstrap))
    await producer.start()
    try:
        await producer.send_and_wait(settings.prefix + topic, value, key, partition=0)
    finally:
        await producer.stop()


def truncate(settings: KafkaSettings, *topics: str) -> None:
    """Drop all records of these topics; those that are compacted allow it only while they may also be cut off."""
    names = [settings.prefix + topic for topic in topics]
    compacted = [name for name in names if not name.endswith("log")]
    with administration(settings) as admin:
        for policy in ("compact,delete", "compact"):
            resources = [
                ConfigResource(ConfigResourceType.TOPIC, name, {"cleanup.policy": policy}) for name in compacted
            ]
            if resources:
                admin.alter_configs(resources)
            if policy != "compact":
                admin.delete_records({TopicPartition(name, 0): -1 for name in names})


def make_anew(settings: KafkaSettings, *topics: str) -> None:
    """Delete these topics, and make them again."""
    with administration(settings) as admin:
        admin.delete_topics([settings.prefix + topic for topic in topics])
    ensure_topics(settings, engine_topics(settings.prefix))
