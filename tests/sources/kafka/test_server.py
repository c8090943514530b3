"""A server that follows a topic of a real broker: what is written is served, and answered."""

from __future__ import annotations

import asyncio
from contextlib import closing
from random import Random
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from galley.app.convert import finding
from galley.app.policy import policy_for
from galley.settings.kafka import KafkaSettings, KafkaSourceSettings
from galley.sources.kafka import answering
from galley.sources.kafka.answers import verdict
from galley.sources.kafka.source import KafkaSource
from schemas.registry import DEFAULT_REGISTRY
from tests.app.live import Live, running
from tests.sources.contract import eventually, until_synced
from tests.sources.kafka.records import document, hear
from tests.sources.kafka.topics import Topics, topic_name
from tests.sources.listener import Listener, said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from tests.components.kafka_broker import Kafka

pytestmark = pytest.mark.component


@pytest.fixture
def topics(kafka: Kafka) -> Iterator[Topics]:
    """The broker's topics."""
    with closing(Topics(kafka.bootstrap)) as found:
        yield found


def following(root: Path, topics: Topics, topic: str, **asked: object) -> AbstractAsyncContextManager[Live]:
    """Run a server that follows a topic."""
    kafka = {"bootstrap": topics.bootstrap, "prefix": f"{topic}."}
    return running(root, sources={"kafka": {"topic": topic, **asked}, "sync_timeout": 1}, kafka=kafka)


async def verdicts(topics: Topics, topic: str, count: int) -> list[dict[str, Any]]:
    """Return the first verdicts."""
    return await asyncio.to_thread(topics.verdicts, topic, count)


async def changed(live: Live) -> set[str]:
    """Return the objects that any revision has changed."""
    return {name for one in await live.get("/api/v1/revisions") for name in one["changed"]}


async def test_what_is_written_is_served_and_answered(topics: Topics, tmp_path: Path) -> None:
    """With its revision, its trace and its author; a tombstone deletes."""
    topic = topics.make(topic_name(), 2)
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = [("traceparent", f"00-{trace}-b7ad6b7169203331-01".encode()), ("author", b"Kim")]
    async with following(tmp_path, topics, topic) as live:
        topics.write(topic, [("Sidecar/default/a", document("a", 1))], headers)
        [verdict] = await verdicts(topics, topic, 1)
        revision = verdict.pop("revision")
        assert verdict.pop("partition") in {0, 1}
        assert verdict == {
            "key": "Sidecar/default/a",
            "topic": topic,
            "offset": 0,
            "verdict": "accepted",
            "diagnostics": [],
            "trace": trace,
        }
        [line] = [one for one in await live.get("/api/v1/revisions") if one["revision"] == revision]
        assert (line["trace"], line["author"], line["changed"]) == (trace, "Kim", ["Sidecar default/a"])
        topics.write(topic, [("Sidecar/default/a", None)])
        gone = (await verdicts(topics, topic, 2))[1]
        assert (gone["verdict"], gone["revision"]) == ("accepted", revision + 1)


async def test_what_is_rejected_is_a_dead_letter(topics: Topics, tmp_path: Path) -> None:
    """As it was, with the diagnostics; what was good before is served on, and all else goes on."""
    topic = topics.make(topic_name())
    bad = document("a", 2).replace("egress", "egres")
    async with following(tmp_path, topics, topic) as live:
        topics.write(topic, [("Sidecar/default/a", document("a", 1))])
        topics.write(topic, [("Sidecar/default/a", bad), (b"\xff", b"\x00\xff")], [("by", b"a test")])
        topics.write(topic, [("Sidecar/default/b", document("b", 1))])
        found = {one["offset"]: one for one in await verdicts(topics, topic, 4)}
        assert [found[offset]["verdict"] for offset in range(4)] == ["accepted", "rejected", "rejected", "accepted"]
        letters = await asyncio.to_thread(topics.read, f"{topic}.dead-letters", 2)
        assert [(one.key, one.value) for one in letters] == [
            (b"Sidecar/default/a", bad.encode()),
            (b"\xff", b"\x00\xff"),
        ]
        headers = dict(letters[0].headers)
        assert headers["by"] == b"a test"
        assert headers["__galley.errors.topic"] == topic.encode()
        assert headers["__galley.errors.offset"] == b"1"
        assert orjson.loads(headers["__galley.errors.diagnostics"]) == found[1]["diagnostics"]
        status = await live.get("/api/v1/status")
        assert [(one["resource"], one["file"]) for one in status["held"] if one["resource"]] == [
            ("Sidecar default/a", f"{topic}/Sidecar/default/a")
        ]


def test_diagnostics_are_those_of_validate() -> None:
    """The same shape, field by field."""
    heard = hear("Sidecar/default/a", document("a", 1).replace("egress", "egres"))
    told = orjson.loads(verdict("topic", heard, 1, "").value or b"")["diagnostics"]
    assert told == [finding(one).model_dump(mode="json") for one in heard.diagnostics]


async def test_a_restart_answers_nothing_twice(topics: Topics, tmp_path: Path) -> None:
    """And makes no revision; what came meanwhile is said and answered, what is gone from the topic is deleted."""
    topic = topics.make(topic_name(), 3)
    async with following(tmp_path, topics, topic) as live:
        topics.write(topic, [(f"Sidecar/default/{name}", document(name, 1)) for name in "abc"])
        assert len(await verdicts(topics, topic, 3)) == 3
        before = (await live.get("/api/v1/status"))["revision"]
    async with following(tmp_path, topics, topic) as live:
        await live.until("/api/v1/sources", lambda sources: sources[0]["last_sync"])
        assert (await live.get("/api/v1/status"))["revision"] == before
    topics.write(topic, [("Sidecar/default/d", document("d", 1)), ("Sidecar/default/a", None)])
    async with following(tmp_path, topics, topic) as live:
        await live.revision(before + 1)
        found = await asyncio.to_thread(topics.verdicts, topic, 6, 2.0)
        assert len(found) == 5
        assert {one["key"] for one in found[3:]} == {"Sidecar/default/d", "Sidecar/default/a"}
        [source] = await live.get("/api/v1/sources")
        assert source["objects"] == 3


async def test_the_first_start_answers_the_last_word_of_each_key(topics: Topics, tmp_path: Path) -> None:
    """A bad last word of a key leaves the good one before it in effect."""
    topic = topics.make(topic_name())
    values = [document("a", 1), document("a", 2), "a: ["]
    topics.write(topic, [("Sidecar/default/a", value) for value in values])
    topics.write(topic, [("Sidecar/default/b", document("b", 1))])
    async with following(tmp_path, topics, topic) as live:
        found = await verdicts(topics, topic, 3)
        assert {(one["offset"], one["verdict"]) for one in found if one["offset"] > 1} == {
            (2, "rejected"),
            (3, "accepted"),
        }
        assert await changed(live) == {"Sidecar default/a", "Sidecar default/b"}


async def test_a_topic_that_is_missing_is_waited_for(topics: Topics, tmp_path: Path) -> None:
    """And told."""
    topic = topic_name()
    async with following(tmp_path, topics, topic) as live:
        [source] = await live.until("/api/v1/sources", lambda sources: sources[0]["errors"])
        assert source["errors"] == [f"the topic {topic} does not exist, or may not be seen by us; it is waited for"]
        topics.make(topic)
        topics.write(topic, [("Sidecar/default/a", document("a", 1))])
        assert [one["verdict"] for one in await verdicts(topics, topic, 1)] == ["accepted"]
        await live.until(
            "/api/v1/sources", lambda sources: sources[0]["state"] == "synced" and not sources[0]["errors"]
        )


async def test_a_dead_letter_that_is_too_large_goes_without_its_value(topics: Topics, tmp_path: Path) -> None:
    """Where whoever made the topic lets it take less."""
    topic = topics.make(topic_name())
    topics.make(f"{topic}.dead-letters", configs={"max.message.bytes": "2000"})
    value = Random(1).randbytes(9_000)
    async with following(tmp_path, topics, topic):
        topics.write(topic, [("Sidecar/default/a", value)])
        [letter] = await asyncio.to_thread(topics.read, f"{topic}.dead-letters", 1)
        assert letter.value is None
        assert dict(letter.headers)["__galley.errors.value"].startswith(b"left out")
        assert [one["verdict"] for one in await verdicts(topics, topic, 1)] == ["rejected"]


async def test_a_verdict_that_is_too_large_has_the_first_error(topics: Topics, tmp_path: Path) -> None:
    """And the verdicts after it are given."""
    topic = topics.make(topic_name())
    topics.make(f"{topic}.verdicts", configs={"max.message.bytes": "1000"})
    wrong = "".join(f"  {Random(number).randbytes(12).hex()}: 1\n" for number in range(300))
    async with following(tmp_path, topics, topic):
        topics.write(topic, [("Sidecar/default/a", f"{document('a', 1)}{wrong}")])
        topics.write(topic, [("Sidecar/default/b", document("b", 1))])
        found = {one["key"]: one for one in await verdicts(topics, topic, 2)}
    first, second = found["Sidecar/default/a"], found["Sidecar/default/b"]
    assert (first["verdict"], len(first["diagnostics"]), second["verdict"]) == ("rejected", 1, "accepted")


async def test_answers_are_given_once_their_topic_is_there(topics: Topics, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until then everything goes on, and the source says what is wrong."""
    monkeypatch.setattr(answering, "AGAIN", 0.5)
    topic = topics.make(topic_name())
    name = f"{topic}.no/topic"  # a name that no broker takes
    asked = KafkaSourceSettings(topic=topic).model_copy(update={"verdicts": name})
    settings = KafkaSettings(bootstrap=(topics.bootstrap,), prefix=f"{topic}.")
    source = KafkaSource(asked, settings, policy_for(DEFAULT_REGISTRY), DEFAULT_REGISTRY)
    listener = Listener()
    async with listener.running(source):
        await until_synced(listener)
        await eventually(lambda: source.status.errors)
        assert f"the topic {name} cannot be made" in source.status.errors[0]
        topics.write(topic, [("Sidecar/default/a", document("a", 1))])
        assert said(await listener.next()) == ["+a"]
        object.__setattr__(asked, "verdicts", None)
        topics.make(f"{topic}.verdicts")
        await eventually(lambda: not source.status.errors)


async def test_without_topics_for_answers_everything_goes_on(topics: Topics, tmp_path: Path) -> None:
    """None are asked for, none are made."""
    topic = topics.make(topic_name())
    async with following(tmp_path, topics, topic, verdicts="", dead_letters="") as live:
        topics.write(topic, [("Sidecar/default/a", "a: ["), ("Sidecar/default/b", document("b", 1))])
        await live.until("/api/v1/sources", lambda sources: sources[0]["objects"] == 1)
    assert topics.names() & {topic, f"{topic}.verdicts", f"{topic}.dead-letters"} == {topic}
