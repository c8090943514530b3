"""Every client library gets in by TLS and by users, and what is refused is said without the password."""

from __future__ import annotations

import asyncio
import logging
from contextlib import closing
from pathlib import Path
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from kafka import KafkaConsumer, KafkaProducer

from galley.kafka.access import WRITING, admin_options, consumer_options, faust_options, producer_options
from galley.kafka.ensure import ensure_topics
from galley.kafka.faults import BrokersUnreachable
from galley.kafka.reach import reach
from galley.kafka.wanted import WantedTopic
from galley.settings.kafka import KafkaSettings
from tests.components.kafka_broker import PASSWORD, Kafka
from tests.kafka.secured import settings, user, ways

pytestmark = pytest.mark.component

WAYS = (
    "plain text",
    "TLS with a certificate",
    "PLAIN",
    "SCRAM-SHA-256",
    "SCRAM-SHA-512 over TLS",
)
WRONG = "not-the-password"


@pytest.mark.parametrize("way", WAYS)
async def test_every_library_gets_in(kafka: Kafka, tmp_path: Path, way: str, caplog: pytest.LogCaptureFixture) -> None:
    """A record of each reaches the next: kafka-python's aiokafka, aiokafka's Faust, Faust's kafka-python."""
    caplog.set_level(logging.DEBUG)
    await _go_round(ways(kafka, tmp_path)[way], f"clients.{WAYS.index(way)}")
    assert PASSWORD not in caplog.text


async def test_every_library_gets_into_an_older_broker(older_kafka: Kafka, tmp_path: Path) -> None:
    """Likewise."""
    await _go_round(ways(older_kafka, tmp_path)["SCRAM-SHA-512 over TLS"], "clients.older")


async def _go_round(given: KafkaSettings, topic: str) -> None:
    await asyncio.to_thread(ensure_topics, given, [WantedTopic(name=topic, cleanup="delete")])
    await asyncio.to_thread(_send_by_kafka_python, given, topic, b"one")
    assert await _read_by_aiokafka(given, topic, 1) == [b"one"]
    await _send_by_aiokafka(given, topic, b"two")
    assert await _echo_by_faust(given, topic, f"echo-{topic}", 2) == [b"one", b"two"]
    assert await asyncio.to_thread(_read_by_kafka_python, given, topic, 3) == [b"one", b"two", b"three"]


def _send_by_kafka_python(given: KafkaSettings, topic: str, value: bytes) -> None:
    with closing(KafkaProducer(**admin_options(given))) as producer:
        producer.send(topic, value).get(20)


def _read_by_kafka_python(given: KafkaSettings, topic: str, count: int) -> list[bytes | None]:
    with closing(KafkaConsumer(topic, **admin_options(given), auto_offset_reset="earliest")) as consumer:
        return [next(consumer).value for _ in range(count)]


async def _send_by_aiokafka(given: KafkaSettings, topic: str, value: bytes) -> None:
    async with AIOKafkaProducer(**producer_options(given), **WRITING) as producer:
        await producer.send_and_wait(topic, value)


async def _read_by_aiokafka(given: KafkaSettings, topic: str, count: int) -> list[bytes | None]:
    async with AIOKafkaConsumer(topic, **consumer_options(given), auto_offset_reset="earliest") as consumer:
        return [(await consumer.getone()).value for _ in range(count)]


async def _echo_by_faust(given: KafkaSettings, topic: str, name: str, count: int) -> list[bytes]:
    """Read by an agent of Faust, and send `three` by its producer."""
    app = faust.App(
        name, **faust_options(given, faust.SASLCredentials), topic_replication_factor=1, topic_disable_leader=True
    )
    source: Any = app.topic(topic, value_type=bytes, value_serializer="raw")
    found: asyncio.Queue[bytes] = asyncio.Queue()

    async def collect(stream: faust.types.StreamT[bytes]) -> None:
        async for value in stream:
            await found.put(value)

    app.agent(source)(collect)
    app.finalize()
    app.conf.web_enabled = False
    await app.start()
    try:
        seen = [await found.get() for _ in range(count)]
        await (await source.send(value=b"three"))
    finally:
        await app.stop()
    return seen


async def test_what_keeps_us_out_is_said_without_the_password(
    kafka: Kafka, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Which setting to look at, for each listener that wants something else."""
    caplog.set_level(logging.DEBUG)
    tls = {"ca": kafka.ca}
    for listener, further, said in (
        ("tls", {}, "does it want TLS (kafka.tls)"),
        ("sasl", {}, "does it want a user (kafka.sasl)"),
        ("tls", {"tls": {}}, "its certificate is not trusted"),
        ("tls", {"tls": {"ca": kafka.folder / "stranger.crt"}}, "(kafka.tls.ca)"),
        ("mtls", {"tls": tls}, "want a certificate (kafka.tls)"),
        ("bootstrap", {"tls": tls}, "does it speak TLS (kafka.tls)"),
        ("sasl_tls", {"tls": tls}, "does it want a user (kafka.sasl)"),
        ("bootstrap", {"sasl": user(tmp_path)}, "leave out kafka.sasl"),
        ("sasl", {"sasl": user(tmp_path, "PLAIN", WRONG)}, "refuses the user galley by PLAIN (kafka.sasl)"),
        ("sasl_tls", {"tls": tls, "sasl": user(tmp_path, password=WRONG)}, "refuses the user galley by SCRAM-SHA-512"),
    ):
        # Each user's file is the same one.
        if "sasl" in further:
            user(tmp_path, password=WRONG if "refuses" in said else PASSWORD)
        with pytest.raises(BrokersUnreachable) as caught:
            await reach(settings(kafka, listener, **further))
        assert said in str(caught.value)
        assert WRONG not in str(caught.value)
    assert WRONG not in caplog.text
    assert PASSWORD not in caplog.text


async def test_nothing_is_written_where_all_is_well(
    kafka: Kafka, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Though somebody asks for all that Python's own log has: the libraries would write the password there."""
    caplog.set_level(logging.DEBUG)
    assert await reach(settings(kafka, "sasl", sasl=user(tmp_path, "PLAIN"))) == {}
    assert [record.name for record in caplog.records if "kafka" in record.name] == []


async def test_brokers_that_answer_are_enough(kafka: Kafka) -> None:
    """Of the others, one learns why they do not."""
    given = KafkaSettings(bootstrap=("127.0.0.1:1", kafka.bootstrap))
    assert await reach(given) == {"127.0.0.1:1": "Connection refused"}
    topics = [WantedTopic(name="enough.log", cleanup="delete")]
    assert list(await asyncio.to_thread(ensure_topics, given, topics)) == ["enough.log"]
