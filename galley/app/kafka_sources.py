"""The sources that follow topics. The libraries are loaded only where one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.app.cannot_start import CannotStart
from galley.app.policy import policy_for
from galley.kafka.names import Topics
from galley.sources.known import known_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from galley.settings.settings import Settings
    from galley.sources.contract import Known, Source
    from galley.sources.kafka.source import KafkaSource
    from pipeline.engines.contract import Engine
    from schemas.registry import Registry

_LIBRARIES = frozenset({"aiokafka", "kafka"})


def kafka_sources(settings: Settings, registry: Registry) -> list[KafkaSource]:
    """Return a source for each topic: by its own name, else `kafka`, `kafka-2`, `kafka-3`, in their order."""
    topics = settings.sources.kafka
    if not topics:
        return []
    if not settings.kafka.bootstrap:
        raise CannotStart(
            f"the topic {topics[0].topic} of sources.kafka needs kafka.bootstrap, the addresses of some brokers",
            "--set kafka.bootstrap=HOST:9092",
        )
    _check_topics(settings)
    try:
        from galley.sources.kafka.source import KafkaSource
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _LIBRARIES:
            raise
        raise CannotStart(
            f"the libraries for sources.kafka are not installed ({error.name} is missing)",
            "pip install 'galley-mesh[kafka]'",
        ) from error
    policy = policy_for(registry, settings)
    return [
        KafkaSource(
            asked,
            settings.kafka,
            policy,
            registry,
            name=asked.name or ("kafka" if number == 1 else f"kafka-{number}"),
        )
        for number, asked in enumerate(topics, 1)
    ]


def _check_topics(settings: Settings) -> None:
    """Raise `CannotStart` where a topic to read is one that Galley itself writes: it would answer itself."""
    own = Topics(settings.kafka.prefix)
    written = {own.log, own.resources, own.revisions, own.state, own.events, own.live}
    for asked in settings.sources.kafka:
        written |= {asked.verdict_topic, asked.dead_letter_topic}
    for asked in settings.sources.kafka:
        if asked.topic in written:
            raise CannotStart(
                f"the topic {asked.topic} of sources.kafka is one that Galley writes",
                "name a topic that others write; kafka.prefix begins the names of the mesh's own",
            )


def share_words(sources: Iterable[Source], engine: Engine) -> None:
    """Let sources whose partitions are shared with other processes of the mesh know what those have said."""
    for source in sources:
        if source.status.kind == "kafka":
            setattr(source, "recall", _recalling(engine, source.name))  # noqa: B010  only a KafkaSource has it


def _recalling(engine: Engine, name: str) -> Callable[[], Known]:
    return lambda: known_of(engine.state, name)
