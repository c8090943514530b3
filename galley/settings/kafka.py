"""Where Kafka's brokers are, how they are reached, and what Galley's topics there are like."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from galley.settings.branch import Branch, Several
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


class KafkaTls(Branch):
    """TLS to the brokers: PEM files; without `ca`, the system's authorities."""

    ca: Path | None = None
    certificate: Path | None = Field(default=None, description="the client's; with `key`")
    key: Path | None = None

    @model_validator(mode="after")
    def _certificate_with_key(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            msg = "`certificate` and `key` go together"
            raise ValueError(msg)
        return self


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


class KafkaSourceSettings(Branch):
    """A topic to take configuration from.

    `replay` reads the whole topic at each start (a compacted topic: the picture of everything); `group` goes on where
    the consumer group left off. Verdicts and dead letters go to TOPIC.verdicts and TOPIC.dead-letters by default.
    """

    topic: TopicName
    name: Name | None = Field(default=None, description="the source's name; by default `kafka`, with a number")
    read: Literal["replay", "group"] = "replay"
    group: TopicName | None = Field(default=None, description="the consumer group; by default galley-NAME")
    verdicts: TopicName | None = None
    dead_letters: TopicName | None = None
    namespace: Name = Field(default="default", description="of objects that name none")
