"""How a secured broker of the tests is reached: settings for each of its listeners."""

from __future__ import annotations

from pathlib import Path

from galley.settings.kafka import KafkaSettings
from tests.components.kafka_broker import PASSWORD, USER, Kafka


def ways(broker: Kafka, folder: Path) -> dict[str, KafkaSettings]:
    """Return settings for every way that leads in, by a name."""
    tls = {"ca": broker.ca}
    pair = {"certificate": broker.folder / "client.crt", "key": broker.folder / "client.key"}
    return {
        "plain text": settings(broker, "bootstrap"),
        "TLS with a certificate": settings(broker, "mtls", tls=tls | pair),
        "PLAIN": settings(broker, "sasl", sasl=user(folder, "PLAIN")),
        "SCRAM-SHA-256": settings(broker, "sasl", sasl=user(folder, "SCRAM-SHA-256")),
        "SCRAM-SHA-512 over TLS": settings(broker, "sasl_tls", tls=tls, sasl=user(folder)),
    }


def settings(broker: Kafka, listener: str, **further: object) -> KafkaSettings:
    """Return settings for a listener."""
    return KafkaSettings.model_validate({"bootstrap": [broker.address(listener)], **further})


def user(folder: Path, mechanism: str = "SCRAM-SHA-512", password: str = PASSWORD) -> dict[str, object]:
    """Return the branch of a user, whose password is in a file."""
    file = folder / "password"
    file.write_text(f"{password}\n")
    return {"mechanism": mechanism, "username": USER, "password_file": file}
