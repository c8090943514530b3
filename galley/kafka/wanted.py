"""What Galley's topics are like, as data. One partition each, since their order matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from galley.kafka.names import Topics

MAX_MESSAGE_BYTES: Final = 16 << 20
"""The largest batch of records, compressed, that a topic of ours takes, and that our producers make."""

_COMPACTION_LAG: Final = ("min.compaction.lag.ms", str(600_000))
"""Ten minutes in which a reader sees every record of a compacted topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTopic:
    """One topic: with what it is made, and which of it must hold where it exists.

    Partitions, `cleanup.policy` and `max.message.bytes` must; `further` settings are given to what is made, and are
    left to whoever runs the brokers from then on.
    """

    name: str
    cleanup: Literal["delete", "compact"]
    partitions: int = 1
    max_message_bytes: int = MAX_MESSAGE_BYTES
    further: tuple[tuple[str, str], ...] = ()

    @property
    def settings(self) -> dict[str, str]:
        """Every setting that it is made with."""
        must = {"cleanup.policy": self.cleanup, "max.message.bytes": str(self.max_message_bytes)}
        return must | dict(self.further)


def published_topics(prefix: str) -> tuple[WantedTopic, ...]:
    """Return the topics that others may read, whatever the engine: events, resources, revisions."""
    topics = Topics(prefix)
    return (
        WantedTopic(name=topics.events, cleanup="delete", further=(("retention.ms", str(7 * 86_400_000)),)),
        WantedTopic(name=topics.resources, cleanup="compact", further=(_COMPACTION_LAG,)),
        WantedTopic(name=topics.revisions, cleanup="compact", further=(_COMPACTION_LAG,)),
    )


def engine_topics(prefix: str) -> tuple[WantedTopic, ...]:
    """Return all topics of a mesh whose engine is Kafka."""
    topics = Topics(prefix)
    return (
        # What was not stepped yet must not be lost, however long the pipeline is away.
        WantedTopic(name=topics.log, cleanup="delete", further=(("retention.ms", "-1"),)),
        WantedTopic(name=topics.state, cleanup="compact", further=(_COMPACTION_LAG,)),
        # What counts is said every few seconds, and only what is in closed segments is ever cleaned.
        WantedTopic(
            name=topics.live,
            cleanup="compact",
            further=(("segment.bytes", str(4 * MAX_MESSAGE_BYTES)), ("segment.ms", str(3_600_000))),
        ),
        *published_topics(prefix),
    )
