"""Why Kafka cannot be used as it is: what each fault names, so that its text says what to do. None holds a password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class KafkaFault(Exception):
    """Kafka cannot be used as it is."""


class AccessUnusable(KafkaFault):
    """A file that the settings name cannot be used: a certificate, a key, a password."""


class BrokersUnreachable(KafkaFault):
    """No broker that the settings name could be asked; `reasons` say why, by `HOST:PORT`. It may pass."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        """Keep the reasons; the message lists them."""
        super().__init__("; ".join(f"{broker}: {reason}" for broker, reason in reasons.items()))
        self.reasons = dict(reasons)


class TopicRefused(KafkaFault):
    """The brokers do not let us make or see a topic; `topic` is its name."""

    def __init__(self, topic: str, reason: str) -> None:
        """Keep the topic's name."""
        super().__init__(f"topic {topic}: {reason}")
        self.topic = topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """A setting of a topic that is not as it must be."""

    topic: str
    setting: str
    actual: str
    wanted: str

    def __str__(self) -> str:
        """Say all four."""
        return f"topic {self.topic}: {self.setting} is {self.actual} and should be {self.wanted}"

    @property
    def remedy(self) -> str:
        """What to do about it."""
        if self.setting == "partitions":
            return f"delete {self.topic} while no server runs, and one makes it anew; or choose another kafka.prefix"
        change = f"--entity-name {self.topic} --add-config {self.setting}={self.wanted}"
        return f"kafka-configs.sh --bootstrap-server BROKER --alter --entity-type topics {change}"


class TopicMisfit(KafkaFault):
    """Topics exist, and are not as they must be; `misfits` name each setting."""

    def __init__(self, misfits: tuple[Misfit, ...]) -> None:
        """Keep the misfits; the message lists them."""
        super().__init__("; ".join(map(str, misfits)))
        self.misfits = misfits
