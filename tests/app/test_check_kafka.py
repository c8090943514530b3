"""`galley doctor` with a server's settings says whether its Kafka lets it in, and whether topics are as they must."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient

from galley.kafka.ensure import ensure_topics
from galley.kafka.wanted import engine_topics
from galley.settings.kafka import KafkaSettings
from tests.app.commands import galley
from tests.components.kafka_broker import PASSWORD, USER, Kafka
from tests.components.process import free_port


def checked(*arguments: str) -> list[dict[str, Any]]:
    """Return what the checkup says of Kafka, with these arguments."""
    ran = galley("doctor", "-o", "json", "--server", f"127.0.0.1:{free_port()}", *arguments)
    assert PASSWORD not in ran.out + ran.err
    return [one for one in ran.json if one["what"].startswith("Kafka")]


def test_without_brokers_nothing_is_said_of_them() -> None:
    """Most installations have none."""
    assert checked() == []


def test_brokers_that_do_not_answer_are_told(tmp_path: Path) -> None:
    """As the file of the server's settings names them."""
    broker = f"127.0.0.1:{free_port()}"
    (tmp_path / "galley.yaml").write_text(f"kafka: {{bootstrap: ['{broker}']}}\n")
    (found,) = checked("--settings", str(tmp_path / "galley.yaml"))
    assert (found["good"], found["seen"]) == (False, f"{broker}: Connection refused")
    assert "kafka.bootstrap" in found["remedy"]


def test_wrong_settings_are_a_usage_error() -> None:
    """With the setting's name."""
    ran = galley("doctor", "--set", "kafka.bootstrap=nowhere")
    assert ran.code == 2
    assert "kafka.bootstrap" in ran.err


@pytest.mark.component
def test_topics_that_are_missing_are_no_fault(kafka: Kafka) -> None:
    """A server makes them; without the engine or a sink there, it needs none."""
    broker = ("--set", f"kafka.bootstrap={kafka.bootstrap}", "--set", "kafka.prefix=checked.")
    (reached,) = checked(*broker)
    assert (reached["good"], reached["seen"]) == (True, f"{kafka.bootstrap} lets us in")
    _, topics = checked(*broker, "--set", "kafka.publish=true")
    assert topics["good"]
    assert topics["seen"].startswith("0 of 3 at checked.* are there")
    ensure_topics(KafkaSettings(bootstrap=(kafka.bootstrap,)), engine_topics("checked."))
    _, topics = checked(*broker, "--set", "engine=kafka")
    assert (topics["good"], topics["seen"]) == (True, "6 of 6 at checked.* are there, as they must be")


@pytest.mark.component
def test_topics_that_do_not_fit_are_told_with_what_mends_them(kafka: Kafka) -> None:
    """Each setting by itself."""
    with closing(KafkaAdminClient(bootstrap_servers=kafka.bootstrap)) as admin:
        admin.create_topics({"odd.events": {"num_partitions": 2, "replication_factor": 1}}, wait_for_metadata=True)
    arguments = (f"kafka.bootstrap={kafka.bootstrap}", "kafka.prefix=odd.", "engine=kafka")
    _, partitions, largest = checked(*(part for one in arguments for part in ("--set", one)))
    assert partitions["seen"] == "topic odd.events: partitions is 2 and should be 1"
    assert "delete odd.events while no server runs" in partitions["remedy"]
    assert largest["seen"] == "topic odd.events: max.message.bytes is 1048588 and should be 16777216"
    assert "--add-config max.message.bytes=16777216" in largest["remedy"]


@pytest.mark.component
def test_a_wrong_password_is_told_and_not_shown(kafka: Kafka, tmp_path: Path) -> None:
    """And a broker that lets us in counts beside one that does not."""
    (tmp_path / "password").write_text("not-the-password")
    sasl = json.dumps({"username": USER, "password_file": str(tmp_path / "password")})
    arguments = ("--set", f"kafka.bootstrap={kafka.address('sasl')}", "--set", f"kafka.sasl={sasl}")
    (found,) = checked(*arguments)
    assert not found["good"]
    assert f"it refuses the user {USER} by SCRAM-SHA-512" in found["seen"]
    (tmp_path / "password").write_text(PASSWORD)
    assert [one["good"] for one in checked(*arguments)] == [True]
