"""What servers say of themselves reaches all others, at a real broker, also over its outage."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import pytest

from galley.kafka.live_topic import LiveTopic
from galley.settings.kafka import KafkaSettings
from tests.components.kafka_broker import Kafka, kafka_broker

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]


class Ear:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.words: dict[str, bytes | None] = {}
        self.ages: dict[str, float] = {}
        self.unknown: str | None = None
        self._came = asyncio.Event()

    def hear(self, name: str, words: bytes | None, age: float) -> None:
        """Hear what a server says."""
        self.words[name], self.ages[name] = words, age
        self._came.set()

    def read(self, unknown: str) -> None:
        """Hear that all is known, or why it is not."""
        self.unknown = unknown
        self._came.set()

    async def until(self, *, words: dict[str, bytes | None], known: bool = True) -> None:
        """Return once exactly this has been heard, and all is known, or not."""
        try:
            async with asyncio.timeout(40):
                while not (self.words == words and self.unknown is not None and (not self.unknown) == known):
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            raise AssertionError(f"{self.words}, {self.unknown!r}; not {words}, known: {known}") from None


def _settings(broker: Kafka) -> KafkaSettings:
    return KafkaSettings.model_validate(
        {"bootstrap": broker.bootstrap, "prefix": f"live-{secrets.token_hex(4)}.", "replication_factor": 1}
    )


async def test_what_is_said_reaches_all_and_whoever_comes_later(kafka: Kafka) -> None:
    """The topic is made where it is missing; a late one hears the newest of each, with its age."""
    settings = _settings(kafka)
    early, late, one, two = Ear(), Ear(), LiveTopic(settings), LiveTopic(settings)
    async with asyncio.TaskGroup() as tasks:
        following = [tasks.create_task(LiveTopic(settings).follow(early.hear, early.read))]
        await early.until(words={})
        for words in (b"1", b"2"):
            await one.put("one", words)
        await two.put("two", b"3")
        await early.until(words={"one": b"2", "two": b"3"})
        await one.put("two", None)
        following.append(tasks.create_task(LiveTopic(settings).follow(late.hear, late.read)))
        await late.until(words={"one": b"2", "two": None})
        assert 0 < late.ages["one"] < 60
        assert early.ages["one"] == 0
        for task in following:
            task.cancel()
    await one.close()
    await two.close()


@pytest.mark.soak  # half a minute
async def test_an_outage_is_known_and_passes(tmp_path: Path) -> None:
    """Without the broker nothing is known; back again, all is, and what is said from then on is heard."""
    with kafka_broker(tmp_path) as broker:
        settings = _settings(broker)
        ear, one = Ear(), LiveTopic(settings)
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(LiveTopic(settings).follow(ear.hear, ear.read))
            await one.put("one", b"1")
            await ear.until(words={"one": b"1"})
            await asyncio.to_thread(broker.kill)
            await ear.until(words={"one": b"1"}, known=False)
            await one.put("one", b"lost")
            assert ear.unknown
            await asyncio.to_thread(broker.start)
            await ear.until(words={"one": b"1"})
            assert not ear.unknown
            await one.put("one", b"2")
            await ear.until(words={"one": b"2"})
            following.cancel()
        await one.close()
