"""A server publishes on a real broker: what happens, what it serves, its revisions; and the broker comes and goes."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from structlog.testing import capture_logs

from galley.kafka.ensure import ensure_topics
from galley.kafka.wanted import WantedTopic, published_topics
from galley.settings.kafka import KafkaSettings
from pipeline.model.codec import decode
from pipeline.topics.follower import Follower
from pipeline.topics.reading import read
from pipeline.topics.record import Topic
from schemas.events.cloud_event import trace_of
from sinks.kafka.event_publisher import EventPublisher
from sinks.kafka.event_queue import EventQueue
from tests.app.commands import entry
from tests.app.live import proxy, running
from tests.app.told import checked, word
from tests.components.kafka_broker import PASSWORD, USER, kafka_broker
from tests.sinks.kafka.topics import latest, records_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.app.live import Live
    from tests.components.kafka_broker import Kafka

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]


def publishing(kafka: Kafka, **more: object) -> dict[str, object]:
    """Return the settings of a server that publishes under a prefix of its own."""
    return {"bootstrap": [kafka.bootstrap], "prefix": f"m{secrets.token_hex(4)}.", "publish": True, **more}


async def metric(live: Live, name: str) -> float:
    """Return a metric without labels, or with those in the name."""
    lines = (await live.http.get("/metrics")).text.splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).rpartition(" ")[2])


async def until_metric(live: Live, name: str, value: float) -> None:
    """Wait until a metric has at least a value."""
    async with asyncio.timeout(60):
        while await metric(live, name) < value:
            await asyncio.sleep(0.05)


async def follower(bootstrap: str, prefix: str, revision: int) -> Follower:
    """Read resources and revisions as a process of the Kafka engine does, until a revision is there."""
    found: dict[Topic, list[Any]] = {}
    key = str(revision).encode()
    for topic in (Topic.REVISIONS, Topic.RESOURCES):
        found[topic] = await records_until(
            bootstrap,
            f"{prefix}{topic.value}",
            lambda records: any(one.key == key or topic is Topic.RESOURCES for one in records),  # noqa: B023  read now
        )
    machine = Follower({topic: len(found.get(topic, ())) for topic in Topic})
    for topic, records in found.items():
        for one in records:
            machine.take(read(topic, one.offset, one.key, one.value, dict(one.headers)))
    machine.reached({topic: len(found.get(topic, ())) for topic in Topic})
    return machine


async def test_what_happens_and_what_is_served_lies_in_topics(kafka: Kafka, tmp_path: Path) -> None:
    """Events are those of the API, as CloudEvents; resources are what is served; revisions have digest and changes."""
    settings = publishing(kafka)
    prefix = str(settings["prefix"])
    async with running(tmp_path, kafka=settings) as live, proxy(live.addresses["xds"]) as sent:
        await sent.get()
        (live.files / "a.yaml").write_text(entry("web") + "---\n" + entry("bad").replace("80", "99999"))
        await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 2)
        (live.files / "b.yaml").write_text(entry("other", 2))
        status = await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 3)
        number = status["revision"]
        told = await records_until(
            kafka.bootstrap,
            f"{prefix}events",
            lambda records: any(word(e) == "applied" and e["data"]["revision"] == number for e in map(_event, records)),
        )
        events = [checked(record.value) for record in told]
        assert {"received", "rejected", "published", "validated", "applied"} <= {word(event) for event in events}
        assert {record.key for record in told} == {prefix.encode()}
        assert {dict(record.headers)["content-type"].decode().partition(";")[0] for record in told} == {
            "application/cloudevents+json"
        }
        (published,) = [e for e in events if word(e) == "published" and e["data"]["revision"] == number]
        machine = await follower(kafka.bootstrap, prefix, number)
        assert machine.state.revision is not None
        assert machine.state.revision.digest == status["digest"] == published["data"]["digest"]
        assert machine.state.revision.cause.trace == trace_of(published)
        bodies = latest(await records_until(kafka.bootstrap, f"{prefix}resources", lambda records: len(records) > 2))
        assert set(bodies) == {"ServiceEntry/default/web", "ServiceEntry/default/other"}
        assert decode(bodies["ServiceEntry/default/other"]).origin.file == "b.yaml"
        assert await metric(live, "galley_kafka_published_revision") == number
        assert await metric(live, 'galley_kafka_publishing{what="mesh"}') == 1
        assert await metric(live, "galley_kafka_events_dropped_total") == 0


async def test_a_broker_that_asks_who_we_are_is_told(kafka: Kafka, tmp_path: Path) -> None:
    """Over TLS, as a user with a password."""
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    secured = {
        "bootstrap": [kafka.address("sasl_tls")],
        "tls": {"ca": kafka.ca},
        "sasl": {"username": USER, "password_file": tmp_path / "password"},
    }
    settings = publishing(kafka, **secured)
    async with running(tmp_path, kafka=settings) as live:
        (live.files / "a.yaml").write_text(entry("web"))
        status = await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
        await until_metric(live, "galley_kafka_published_revision", status["revision"])
        machine = await follower(kafka.bootstrap, str(settings["prefix"]), status["revision"])
        assert machine.state.revision is not None
        assert machine.state.revision.digest == status["digest"]


async def test_a_restarted_server_sends_only_what_differs(kafka: Kafka, tmp_path: Path) -> None:
    """What is in the topics is not sent again; what went and came while nothing was published is."""
    settings = publishing(kafka)
    prefix = str(settings["prefix"])
    async with running(tmp_path, kafka=settings) as live:
        for name in ("a", "b", "c"):
            (live.files / f"{name}.yaml").write_text(entry(name))
        status = await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 3)
        await until_metric(live, "galley_kafka_published_revision", status["revision"])
    async with running(tmp_path) as live:
        (live.files / "a.yaml").write_text(entry("a", 9))
        (live.files / "b.yaml").unlink()
        await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 2)
    async with running(tmp_path, kafka=settings) as live:
        number = (await live.get("/api/v1/status"))["revision"]
        await until_metric(live, "galley_kafka_published_revision", number)
        machine = await follower(kafka.bootstrap, prefix, number)
        assert machine.state.revision is not None
        assert machine.state.revision.number == number
        assert {key.name for key in machine.state.mesh} == {"a", "c"}
        records = await records_until(kafka.bootstrap, f"{prefix}resources", lambda found: len(found) >= 7)
        assert [one.key for one in records].count(b"ServiceEntry/default/c") == 1
        history = latest(await records_until(kafka.bootstrap, f"{prefix}revisions", lambda found: len(found) > number))
        assert sorted(map(int, history)) == list(range(1, number + 1))


@pytest.mark.soak  # half a minute
async def test_a_broker_that_goes_and_comes_holds_nobody_up_and_misses_nothing(tmp_path: Path) -> None:
    """While it is away, edits are live as ever; once it is back, the topics are in step, and the events are there."""
    with kafka_broker(tmp_path / "kafka") as broker:
        settings = publishing(broker)
        prefix = str(settings["prefix"])
        async with running(tmp_path, kafka=settings) as live, proxy(live.addresses["xds"]) as sent:
            await sent.get()
            (live.files / "a.yaml").write_text(entry("web"))
            status = await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
            await until_metric(live, "galley_kafka_published_revision", status["revision"])
            await asyncio.to_thread(broker.kill)
            before = status["revision"]
            for address in range(2, 6):
                (live.files / "a.yaml").write_text(entry("web", address))
                before = (await live.revision(before + 1))["revision"]
                assert (await live.get("/api/v1/wait", revision=before, timeout=10))["done"]
            assert await metric(live, "galley_kafka_published_revision") < before
            async with asyncio.timeout(60):
                while await metric(live, 'galley_kafka_publishing{what="mesh"}'):
                    await asyncio.sleep(0.1)
            assert await metric(live, "galley_kafka_events_waiting") > 0
            await asyncio.to_thread(broker.start)
            await until_metric(live, "galley_kafka_published_revision", before)
            machine = await follower(broker.bootstrap, prefix, before)
            assert machine.state.revision is not None
            assert machine.state.revision.digest == (await live.get("/api/v1/status"))["digest"]
            told = await records_until(
                broker.bootstrap,
                f"{prefix}events",
                lambda records: any(
                    word(e) == "applied" and e["data"]["revision"] == before for e in map(_event, records)
                ),
            )
            published = {e["data"]["revision"] for e in map(_event, told) if word(e) == "published"}
            assert published == set(range(1, before + 1))
            assert await metric(live, "galley_kafka_events_dropped_total") == 0


async def test_who_claims_the_topics_has_them(kafka: Kafka, tmp_path: Path) -> None:
    """Of two servers that publish under one prefix, the later one does, and the other says so and serves on."""
    settings = publishing(kafka)
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    async with running(tmp_path / "one", kafka=settings) as one:
        (one.files / "a.yaml").write_text(entry("web"))
        await one.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
        await until_metric(one, "galley_kafka_published_revision", 1)
        async with running(tmp_path / "two", kafka=settings) as two:
            (two.files / "b.yaml").write_text(entry("other"))
            await two.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
            await until_metric(two, "galley_kafka_published_revision", 1)
            async with asyncio.timeout(20):
                while await metric(one, 'galley_kafka_publishing{what="mesh"}'):
                    await asyncio.sleep(0.1)
            assert (await one.http.get("/readyz")).status_code == 200
            number = (await two.get("/api/v1/status"))["revision"]
            machine = await follower(kafka.bootstrap, str(settings["prefix"]), number)
            assert {key.name for key in machine.state.mesh} == {"other"}


async def test_a_topic_that_does_not_fit_is_told_of_and_serving_goes_on(kafka: Kafka, tmp_path: Path) -> None:
    """A topic with two partitions has no order: the log says what it is and should be, and the server serves."""
    settings = publishing(kafka)
    name = f"{settings['prefix']}resources"
    wanted = [WantedTopic(name=name, cleanup="compact", partitions=2)]
    await asyncio.to_thread(ensure_topics, KafkaSettings(bootstrap=(kafka.bootstrap,)), wanted)
    with capture_logs() as log:
        async with running(tmp_path, kafka=settings) as live:
            (live.files / "a.yaml").write_text(entry("web"))
            await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
            async with asyncio.timeout(30):
                while await metric(live, 'galley_kafka_publishing{what="mesh"}'):
                    await asyncio.sleep(0.1)
            assert (await live.http.get("/readyz")).status_code == 200
            assert await metric(live, 'galley_kafka_publishing{what="events"}') == 1
    (told,) = [line for line in log if line["event"] == "kafka.not_publishing"]
    assert told["reason"] == f"topic {name}: partitions is 2 and should be 1"


async def test_what_was_too_much_to_keep_is_counted_and_told(kafka: Kafka) -> None:
    """The newest events are sent; the log says how many were dropped, and so does the count."""
    prefix = f"m{secrets.token_hex(4)}."
    publisher = EventPublisher(KafkaSettings(bootstrap=(kafka.bootstrap,), prefix=prefix), EventQueue(most=3))
    for number in range(10):
        publisher.tell(b'{"number": %d}' % number)
    with capture_logs() as log:
        async with asyncio.TaskGroup() as tasks:
            running_ = tasks.create_task(publisher.run())
            await asyncio.to_thread(
                ensure_topics, KafkaSettings(bootstrap=(kafka.bootstrap,), prefix=prefix), published_topics(prefix)
            )
            records = await records_until(kafka.bootstrap, f"{prefix}events", lambda found: len(found) == 3)
            publisher.tell(b'{"number": 10}')
            running_.cancel()
    assert [orjson.loads(record.value)["number"] for record in records] == [7, 8, 9]
    assert [line["events"] for line in log if line["event"] == "kafka.events_dropped"] == [7]
    assert publisher.dropped == 7
    assert publisher.waiting == 0, "what is told last is sent before the end"


async def test_brokers_that_nobody_reaches_are_told_of_once(tmp_path: Path) -> None:
    """The log names them and why, once; the metric says so; and the server serves, and stops when it is told to."""
    with capture_logs() as log:
        async with running(tmp_path, kafka={"bootstrap": ["127.0.0.1:9"], "publish": True}) as live:
            (live.files / "a.yaml").write_text(entry("web"))
            await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
            async with asyncio.timeout(30):
                while await metric(live, 'galley_kafka_publishing{what="events"}'):
                    await asyncio.sleep(0.1)
            assert (await live.http.get("/readyz")).status_code == 200
            await asyncio.sleep(1.0)
    reasons = [line["reason"] for line in log if line["event"] == "kafka.not_publishing"]
    assert sorted(reasons) == ["127.0.0.1:9: Connection refused"] * 2


def _event(record: Any) -> dict[str, Any]:  # noqa: ANN401  untyped by aiokafka
    found: dict[str, Any] = orjson.loads(record.value)
    return found
