"""Topics at a real broker: made where they are missing, looked at where they are there."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from galley.kafka.ensure import check_topics, ensure_topics
from galley.kafka.faults import BrokersUnreachable, Misfit, TopicMisfit, TopicRefused
from galley.kafka.wanted import WantedTopic, engine_topics
from galley.settings.kafka import KafkaSettings
from tests.components.kafka_broker import Kafka, kafka_broker
from tests.components.process import free_port
from tests.kafka.secured import settings

pytestmark = pytest.mark.component


@pytest.fixture(params=["kafka", "older_kafka"])
def broker(request: pytest.FixtureRequest) -> Kafka:
    """Brokers of both versions."""
    found: Kafka = request.getfixturevalue(request.param)
    return found


def make(broker: Kafka, name: str, partitions: int = 1, **configuration: str) -> None:
    """Make a topic as somebody else would; an underscore stands for a dot."""
    configs = {setting.replace("_", "."): value for setting, value in configuration.items()}
    with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap)) as admin:
        admin.create_topics({name: {"num_partitions": partitions, "replication_factor": 1, "configs": configs}})
        admin.wait_for_topics([name])


def test_topics_are_made_as_they_are_wanted(broker: Kafka) -> None:
    """With every setting; once they are there, nothing is done, and they have the same ids."""
    wanted, given = engine_topics("made."), settings(broker, "bootstrap")
    names = tuple(topic.name for topic in wanted)
    assert check_topics(given, wanted) == (names, ())
    ids = ensure_topics(given, wanted)
    assert tuple(ids) == names
    assert len(set(ids.values())) == len(names)
    assert ensure_topics(given, wanted) == ids
    assert check_topics(given, wanted) == ((), ())
    with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap)) as admin:
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        found = admin.describe_configs(resources)["topic"]
    for topic in wanted:
        assert {name: found[topic.name][name]["value"] for name in topic.settings} == topic.settings


def test_a_topic_that_is_made_anew_has_another_id(kafka: Kafka) -> None:
    """By which a reader knows that its offsets mean nothing any more."""
    wanted, given = [WantedTopic(name="anew.log", cleanup="delete")], settings(kafka, "bootstrap")
    first = ensure_topics(given, wanted)
    with closing(KafkaAdminClient(bootstrap_servers=kafka.bootstrap)) as admin:
        admin.delete_topics(["anew.log"])
    assert check_topics(given, wanted)[0] == ("anew.log",)
    assert ensure_topics(given, wanted) != first


def test_what_does_not_fit_is_named(broker: Kafka) -> None:
    """Topic, setting, what it is and what it should be; all of it at once, and nothing is made beside it."""
    make(broker, "misfit.resources", 3, cleanup_policy="compact,delete")
    make(broker, "misfit.log", max_message_bytes=str(1 << 30), retention_ms="1000")
    wanted, given = engine_topics("misfit."), settings(broker, "bootstrap")
    with pytest.raises(TopicMisfit) as caught:
        ensure_topics(given, wanted)
    assert caught.value.misfits == (
        Misfit(topic="misfit.resources", setting="partitions", actual="3", wanted="1"),
        Misfit(topic="misfit.resources", setting="cleanup.policy", actual="compact,delete", wanted="compact"),
        Misfit(topic="misfit.resources", setting="max.message.bytes", actual="1048588", wanted="16777216"),
    )
    assert "topic misfit.resources: cleanup.policy is compact,delete and should be compact" in str(caught.value)
    missing, misfits = check_topics(given, wanted)
    assert misfits == caught.value.misfits
    assert set(missing) == {topic.name for topic in wanted} - {"misfit.resources", "misfit.log"}


def test_processes_that_start_together_make_topics_once(kafka: Kafka) -> None:
    """None of them fails, and all learn the same ids."""
    wanted, given = engine_topics("together."), settings(kafka, "bootstrap")
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: ensure_topics(given, wanted), range(4)))
    assert all(ids == made[0] for ids in made)


def test_what_the_brokers_refuse_is_said_in_their_words(kafka: Kafka) -> None:
    """With the topic's name."""
    given = KafkaSettings(bootstrap=(kafka.bootstrap,), replication_factor=3)
    with pytest.raises(TopicRefused, match=r"topic refused\.log: InvalidReplicationFactor: .*only 1 broker"):
        ensure_topics(given, engine_topics("refused."))


def test_no_thread_is_left_behind(kafka: Kafka) -> None:
    """Whether it went well or not."""
    before = threading.active_count()
    ensure_topics(settings(kafka, "bootstrap"), engine_topics("threads."))
    make(kafka, "threads.odd", 2)
    with pytest.raises(TopicMisfit):
        ensure_topics(settings(kafka, "bootstrap"), [WantedTopic(name="threads.odd", cleanup="delete")])
    assert threading.active_count() == before


# kafka-python leaves the socket of a refused connection to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_addresses_that_lead_nowhere_are_told(tmp_path: Path) -> None:
    """The usual fault of a cluster behind something: it answers, and advertises what clients cannot reach."""
    nowhere = f"127.0.0.1:{free_port()}"
    further = {"advertised.listeners": f"PLAINTEXT://{nowhere}"}
    running = kafka_broker(tmp_path, further=further)
    with running as broker, pytest.raises(BrokersUnreachable) as caught:
        check_topics(settings(broker, "bootstrap"), engine_topics("nowhere."), patience=3)
    (reason,) = caught.value.reasons.values()
    assert reason.startswith("it answered, and then")
    assert "advertises in reach" in reason
    del caught
    gc.collect()
