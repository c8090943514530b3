"""Where Kafka's brokers are, how they are reached, and what Galley's topics there are like."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from galley.settings.branch import Branch, Several
from galley.settings.certificates import Certificates
from galley.settings.registry_access import Name

_TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,200}")
_BROKER = re.compile(r"(\[[0-9a-fA-F:]+\]|[^\s:,/@]+):([0-9]{1,5})")


def _checked_topic(text: str) -> str:
    if not _TOPIC.fullmatch(text) or text in {".", ".."}:
        msg = f"{text!r} must be letters, digits, '.', '_' and '-', at most 200"
        raise ValueError(msg)
    return text


def _checked_broker(text: str) -> str:
    found = _BROKER.fullmatch(text)
    if found is None or not 0 < int(found[2]) < 1 << 16:
        msg = f"{text!r} is no HOST:PORT of a broker, such as 127.0.0.1:9092"
        raise ValueError(msg)
    return text


TopicName = Annotated[str, AfterValidator(_checked_topic)]
"""A topic's name, or the beginning of one."""

Broker = Annotated[str, AfterValidator(_checked_broker)]
"""`HOST:PORT` of a broker."""


class KafkaTls(Certificates):
    """TLS to the brokers."""


class KafkaSasl(Branch):
    """Who we are to the brokers. The password stands in a file, of which the first line counts."""

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    username: str = Field(min_length=1)
    password_file: Path


class KafkaSettings(Branch):
    """The brokers; no `bootstrap`: not used. All topics of a mesh begin with `prefix`: one prefix is one mesh."""

    bootstrap: Several[Broker] = Field(default=(), description="HOST:PORT of some brokers of the cluster")
    prefix: TopicName = "galley."
    replication_factor: int = Field(default=1, ge=1, le=32_767, description="of topics that are made")
    tls: KafkaTls | None = None
    sasl: KafkaSasl | None = None
    store: Literal["memory", "rocksdb"] = Field(default="memory", description="where the engine's table is kept")
    session_timeout: float = Field(default=6.0, ge=1, le=300, description="seconds until a silent worker is replaced")
    heartbeat: float = Field(default=2.0, gt=0, le=100, description="seconds; at most a third of the session timeout")
    publish: bool = Field(
        default=False, description="publish events, resources and revisions; the Kafka engine always does"
    )

    @model_validator(mode="after")
    def _heartbeats_in_a_session(self) -> Self:
        if 3 * self.heartbeat > self.session_timeout:
            msg = "`heartbeat` must be at most a third of `session_timeout`"
            raise ValueError(msg)
        if self.publish and not self.bootstrap:
            msg = "`publish` needs `bootstrap`, the addresses of some brokers"
            raise ValueError(msg)
        return self


def _topics(value: object) -> object:
    """Return a list of settings: one alone, and topics as text with commas between, are good enough."""
    if isinstance(value, str):
        return tuple({"topic": part.strip()} for part in value.split(",") if part.strip())
    if isinstance(value, dict):
        return (value,)
    if isinstance(value, (list, tuple)):
        return tuple({"topic": one} if isinstance(one, str) else one for one in value)
    return value


def _checked_answers(text: str) -> str:
    return _checked_topic(text) if text else text


AnswersName = Annotated[str, AfterValidator(_checked_answers)]
"""A topic's name; empty for none."""


class KafkaSourceSettings(Branch):
    """A topic to take configuration from.

    `replay` reads the whole topic at each start (a compacted topic: the picture of everything); `group` goes on where
    the consumer group left off. Verdicts and dead letters go to TOPIC.verdicts and TOPIC.dead-letters by default.
    """

    topic: TopicName
    name: Name | None = Field(default=None, description="the source's name; by default `kafka`, with a number")
    read: Literal["replay", "group"] = "replay"
    group: TopicName | None = Field(default=None, description="the consumer group; by default kafka.prefix and NAME")
    verdicts: AnswersName | None = Field(default=None, description="empty: none are given")
    dead_letters: AnswersName | None = Field(default=None, description="empty: none are kept")
    namespace: Name = Field(default="default", description="of objects that name none")

    @property
    def verdict_topic(self) -> str:
        """Where verdicts go; empty: nowhere."""
        return f"{self.topic}.verdicts" if self.verdicts is None else self.verdicts

    @property
    def dead_letter_topic(self) -> str:
        """Where dead letters go; empty: nowhere."""
        return f"{self.topic}.dead-letters" if self.dead_letters is None else self.dead_letters

    @model_validator(mode="after")
    def _no_circle(self) -> Self:
        if self.topic in {self.verdict_topic, self.dead_letter_topic}:
            msg = "verdicts and dead letters cannot go to the topic that is read"
            raise ValueError(msg)
        return self


KafkaTopics = Annotated[tuple[KafkaSourceSettings, ...], BeforeValidator(_topics)]
"""Several topics; one alone, and topics alone, may stand without the list."""
