"""`survey`: what there is of a source's topics; those for answers are made where they are missing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from galley.kafka.access import consumer_options
from galley.kafka.wanted import MAX_MESSAGE_BYTES
from galley.sources.kafka.lost import TopicMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from galley.settings.kafka import KafkaSettings, KafkaSourceSettings

PATIENCE: Final = 8.0
"""Seconds that the brokers may take."""

_POLICY: Final = "cleanup.policy"
_RETENTION: Final = ("retention.ms", "retention.bytes")


class Surveyed(NamedTuple):
    """A topic: its partitions, whether it drops what is old, and why a topic for answers is not there, by its name."""

    partitions: tuple[int, ...]
    forgets: bool
    troubles: Mapping[str, str]


async def survey(settings: KafkaSettings, asked: KafkaSourceSettings) -> Surveyed:
    """Look at a topic and those for answers; raise TopicMissing, KafkaError, TimeoutError, AccessUnusable."""
    topic, answers = asked.topic, [one for one in (asked.verdict_topic, asked.dead_letter_topic) if one]
    options = consumer_options(settings)
    admin = AIOKafkaAdminClient(**options, client_id="galley", request_timeout_ms=int(PATIENCE * 1e3))
    try:
        async with asyncio.timeout(PATIENCE):
            await admin.start()
            topics = {one["topic"]: one for one in await admin.describe_topics()}
            found = topics.get(topic)
            partitions = tuple(sorted(one["partition"] for one in found["partitions"])) if found else ()
            if not partitions:
                raise TopicMissing(f"the topic {topic} does not exist, or may not be seen by us; it is waited for")
            missing = [one for one in answers if one not in topics]
            troubles = await _make(admin, missing, len(partitions), settings.replication_factor) if missing else {}
            return Surveyed(partitions, await _forgets(admin, topic), troubles)
    finally:
        await admin.close()


async def _make(admin: AIOKafkaAdminClient, names: list[str], partitions: int, replicas: int) -> dict[str, str]:
    """Make topics; return why those that are not there now are not."""
    configs = {"max.message.bytes": str(MAX_MESSAGE_BYTES)}
    made = await admin.create_topics([NewTopic(name, partitions, replicas, topic_configs=configs) for name in names])
    troubles = {}
    for name, code, *message in made.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            why = (message[0] if message else "") or error.description or error.__name__
            troubles[name] = f"the topic {name} cannot be made: {why}"
    return troubles


async def _forgets(admin: AIOKafkaAdminClient, topic: str) -> bool:
    """Whether old records are dropped though nothing newer has their key; no where we may not know."""
    try:
        answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    except KafkaError:
        return False
    configs: Mapping[str, Any] = {
        name: value for answer in answers for one in answer.resources for name, value, *_ in one[4]
    }
    if "delete" not in str(configs.get(_POLICY, "")):
        return False
    return any(str(configs.get(name, "-1")) != "-1" for name in _RETENTION)
