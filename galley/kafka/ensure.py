"""`ensure_topics`: topics are made where they are missing, and looked at where they are there. It blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, NotControllerError, TopicAlreadyExistsError, for_code

from galley.kafka.admin import administration
from galley.kafka.faults import BrokersUnreachable, Misfit, TopicMisfit, TopicRefused
from galley.kafka.reach import PATIENCE
from galley.kafka.wanted import WantedTopic
from galley.settings.kafka import KafkaSettings

__all__ = ["BrokersUnreachable", "TopicMisfit", "TopicRefused", "check_topics", "ensure_topics"]

_UNKNOWN: Final = 3
"""Kafka's code of a topic that is not there."""


def ensure_topics(
    settings: KafkaSettings, wanted: Sequence[WantedTopic], patience: float = PATIENCE
) -> Mapping[str, str]:
    """Make what is missing, and return the topics' ids by name: who makes a topic anew gives it another id.

    Raise BrokersUnreachable within seconds, TopicMisfit where a topic that is there is not as it must be, TopicRefused
    where the brokers do not let us, and AccessUnusable. Several processes may do this at the same time.
    """
    with administration(settings, patience) as admin:
        found = _described(admin, wanted)
        _refuse(_misfits(admin, [topic for topic in wanted if topic.name in found], found))
        if missing := [topic for topic in wanted if topic.name not in found]:
            _make(admin, missing, settings.replication_factor)
            made = _described(admin, missing)
            # Another process may have made them, of another version or with other settings.
            _refuse(_misfits(admin, missing, made))
            found |= made
        return {topic.name: str(found[topic.name]["topic_id"]) for topic in wanted}


def check_topics(
    settings: KafkaSettings, wanted: Sequence[WantedTopic], patience: float = PATIENCE
) -> tuple[tuple[str, ...], tuple[Misfit, ...]]:
    """Look, and change nothing: return the names of topics that are missing, and what of the others does not fit.

    Raise what `ensure_topics` raises, but TopicMisfit.
    """
    with administration(settings, patience) as admin:
        found = _described(admin, wanted)
        there = [topic for topic in wanted if topic.name in found]
        missing = tuple(topic.name for topic in wanted if topic.name not in found)
        return missing, _misfits(admin, there, found)


def _described(admin: KafkaAdminClient, wanted: Sequence[WantedTopic]) -> dict[str, dict[str, Any]]:
    """Return what the brokers say of the topics that are there, by name."""
    answers = {answer["name"]: answer for answer in admin.describe_topics([topic.name for topic in wanted])}
    for topic in wanted:
        if (code := answers[topic.name]["error_code"]) not in {0, _UNKNOWN}:
            raise TopicRefused(topic.name, _reason(code))
    return {name: answer for name, answer in answers.items() if answer["error_code"] == 0}


def _make(admin: KafkaAdminClient, missing: Sequence[WantedTopic], replication: int) -> None:
    made = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": replication,
            "configs": topic.settings,
        }
        for topic in missing
    }
    try:
        answers = admin.create_topics(made, raise_errors=False)["topics"]
    except RuntimeError as error:
        # The library's word for a controller that moved twice.
        raise NotControllerError(str(error)) from error
    for answer in answers:
        # Another process of the mesh may have been quicker.
        if answer["error_code"] not in {0, TopicAlreadyExistsError.errno}:
            reason = _reason(answer["error_code"])
            said = answer.get("error_message") or ""
            raise TopicRefused(answer["name"], f"{reason}: {said}" if said else reason)
    admin.wait_for_topics(list(made))


def _misfits(
    admin: KafkaAdminClient, wanted: Sequence[WantedTopic], found: Mapping[str, Mapping[str, Any]]
) -> tuple[Misfit, ...]:
    """Return what is not as it must be. A larger `max.message.bytes` is as good."""
    if not wanted:
        return ()
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in wanted]
    settings = admin.describe_configs(resources, config_filter="all")["topic"]
    misfits: list[Misfit] = []
    for topic in wanted:
        there = {name: str(setting["value"]) for name, setting in settings.get(topic.name, {}).items()}
        if not there:
            raise TopicRefused(topic.name, "its settings may not be read (DescribeConfigs)")
        partitions = len(found[topic.name]["partitions"])
        largest = int(there["max.message.bytes"])
        for setting, actual, should, good in (
            ("partitions", str(partitions), str(topic.partitions), partitions == topic.partitions),
            ("cleanup.policy", there["cleanup.policy"], topic.cleanup, there["cleanup.policy"] == topic.cleanup),
            ("max.message.bytes", str(largest), str(topic.max_message_bytes), largest >= topic.max_message_bytes),
        ):
            if not good:
                misfits.append(Misfit(topic=topic.name, setting=setting, actual=actual, wanted=should))
    return tuple(misfits)


def _refuse(misfits: tuple[Misfit, ...]) -> None:
    if misfits:
        raise TopicMisfit(misfits)


def _reason(code: int) -> str:
    kind: type[KafkaError] = for_code(code)
    return kind.__name__.removesuffix("Error")
