"""The branch `kafka` of the settings: what it takes, and what it says of what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from galley.settings.kafka import KafkaSettings
from galley.settings.load import BadSettings, load_settings
from galley.settings.settings import Settings


def load(*assignments: str, **environment: str) -> Settings:
    """Return the settings that assignments and variables make."""
    return load_settings(None, environment, assignments, {})


def test_kafka_is_off_by_default() -> None:
    """No brokers; nothing is published; engine and topics have their names."""
    kafka = KafkaSettings()
    assert (kafka.bootstrap, kafka.publish, kafka.prefix, kafka.tls, kafka.sasl) == ((), False, "galley.", None, None)
    assert load().engine == "embedded"


def test_brokers_come_as_a_list_or_with_commas() -> None:
    """By name, by address of either kind, and from the environment."""
    brokers = ("kafka-1.example.com:9093", "127.0.0.1:9092", "[::1]:9092")
    assert load(f"kafka.bootstrap={','.join(brokers)}").kafka.bootstrap == brokers
    assert load(GALLEY_KAFKA__BOOTSTRAP="one:1, two:2").kafka.bootstrap == ("one:1", "two:2")


@pytest.mark.parametrize(
    "broker", ["kafka", "kafka:", "kafka:0", "kafka:65536", "https://kafka:9092", "a@kafka:9092", "::1:9092", ":9092"]
)
def test_what_is_no_broker_is_refused(broker: str) -> None:
    """With what one looks like."""
    with pytest.raises(BadSettings, match=r"is no HOST:PORT of a broker, such as 127\.0\.0\.1:9092"):
        load(f"kafka.bootstrap={broker}")


@pytest.mark.parametrize("prefix", ["a mesh.", "", "mesh/", "x" * 201, ".", ".."])
def test_a_prefix_is_the_beginning_of_a_topics_name(prefix: str) -> None:
    """As Kafka allows it."""
    with pytest.raises(BadSettings, match=r"kafka\.prefix: "):
        load_settings(None, {}, (), {"kafka.prefix": prefix})


def test_tls_and_users(tmp_path: Path) -> None:
    """TLS without files is TLS with the system's authorities; the password is in a file, and never a setting."""
    assert load("kafka.tls={}").kafka.tls is not None
    sasl = load(
        "kafka.sasl.username=galley", f"kafka.sasl.password_file={tmp_path}", "kafka.sasl.mechanism=PLAIN"
    ).kafka.sasl
    assert sasl is not None
    assert (sasl.username, sasl.password_file, sasl.mechanism) == ("galley", tmp_path, "PLAIN")
    for assignments, said in (
        (("kafka.tls.certificate=/c",), "`certificate` and `key` go together"),
        (("kafka.sasl.username=galley",), "kafka.sasl.password_file: "),
        (("kafka.sasl.username=", "kafka.sasl.password_file=/p"), "kafka.sasl.username: "),
        (("kafka.sasl.username=a", "kafka.sasl.password_file=/p", "kafka.sasl.password=b"), "there is no such setting"),
        (("kafka.sasl.username=a", "kafka.sasl.password_file=/p", "kafka.sasl.mechanism=GSSAPI"), "SCRAM-SHA-512"),
    ):
        with pytest.raises(BadSettings, match=said):
            load(*assignments)


def test_heartbeats_fit_into_a_session() -> None:
    """Thrice, as Kafka advises; else workers are replaced that live."""
    assert load("kafka.session_timeout=9", "kafka.heartbeat=3").kafka.heartbeat == 3
    with pytest.raises(BadSettings, match="at most a third"):
        load("kafka.session_timeout=8", "kafka.heartbeat=3")


def test_publishing_needs_brokers() -> None:
    """Told at the start."""
    with pytest.raises(BadSettings, match="`publish` needs `bootstrap`"):
        load("kafka.publish=true")
