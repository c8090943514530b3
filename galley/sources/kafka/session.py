"""`Session`: one connection to the brokers, from which a topic's records come, and to which answers go.

A consumer of aiokafka never says that it is cut off: it waits. So whoever waits here long asks for the ends of the
partitions now and then, and it is that question that fails.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    OffsetOutOfRangeError,
    RebalanceInProgressError,
    UnsupportedCodecError,
)

from galley.kafka.access import WRITING, consumer_options, producer_options
from galley.kafka.cancelled import is_cancelled
from galley.kafka.faults import KafkaFault
from galley.kafka.reach import reach
from galley.kafka.stopping import stop_consumer, stop_producer
from galley.sources.kafka.lost import Forgotten, Lost
from galley.sources.kafka.record import Record
from galley.sources.kafka.stepping import Stepping
from galley.sources.kafka.topic import survey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from galley.settings.kafka import KafkaSettings, KafkaSourceSettings
    from galley.sources.kafka.topic import Surveyed

PATIENCE: Final = 5.0
"""Seconds within which brokers must answer a question."""

PROBE: Final = 2.5
"""Likewise, where the question is only whether they are there."""

REQUEST: Final = 10.0
"""Seconds after which a request has failed."""

METADATA: Final = 30.0
"""Seconds between two looks at how many partitions there are."""

LARGEST_FETCH: Final = 8 << 20
"""Bytes that are read ahead, roughly."""

LONGEST_EMIT: Final = 3_600.0
"""Seconds that a batch may take to be heard before the group takes us for dead."""


class Session:
    """A consumer with the partitions that are its own, and a producer. All that fails here is `Lost`."""

    def __init__(
        self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, places: Places, surveyed: Surveyed
    ) -> None:
        """Take what is started."""
        self.surveyed = surveyed
        self.producer = producer
        self.busy = asyncio.Lock()
        """Held while records are dealt with, so that partitions are not given away in the middle."""
        self.turned = False
        """Whether partitions were assigned anew; whoever reads it sets it back."""
        self.generation = 0
        """How often partitions were given away; records that came before that come again, here or elsewhere."""
        self._consumer = consumer
        self._stepping = Stepping(consumer)
        self._places = places
        self._topic = places.asked.topic
        self._brokers = ", ".join(places.settings.bootstrap)
        self._assigned = asyncio.Event()

    @property
    def partitions(self) -> tuple[int, ...]:
        """The partitions that are read."""
        return tuple(sorted(one.partition for one in self._consumer.assignment()))

    @property
    def has_grown(self) -> bool:
        """Whether the topic has other partitions than it had."""
        now = self._consumer.partitions_for_topic(self._topic)
        return now is not None and set(now) != set(self.surveyed.partitions)

    def assign(self, positions: Mapping[int, int]) -> None:
        """Read these partitions, each from an offset on."""
        self._consumer.assign([self._at(partition) for partition in positions])
        for partition, offset in positions.items():
            self._consumer.seek(self._at(partition), offset)
            self._stepping.at(self._at(partition), offset)

    def hold(self, partition: int, offset: int) -> None:
        """Read no more of a partition for now; later, from an offset on."""
        self._consumer.pause(self._at(partition))
        self._consumer.seek(self._at(partition), offset)
        self._stepping.at(self._at(partition), offset)

    def release(self) -> None:
        """Read all partitions again."""
        self._consumer.resume(*self._consumer.paused())

    async def join(self) -> None:
        """Join the consumer group, and wait for its first assignment."""
        with self.in_words():
            self._consumer.subscribe([self._topic], listener=_Turns(self))
            async with asyncio.timeout(4 * PATIENCE):
                await self._assigned.wait()

    def turn_over(self) -> None:
        """Note that partitions are given away."""
        self.generation += 1
        self._stepping.forget()

    def turn(self) -> None:
        """Note that partitions were assigned."""
        self.turned = True
        self._assigned.set()

    async def begins(self, partitions: tuple[int, ...]) -> dict[int, int]:
        """Return the offsets of what the partitions have first."""
        return await self._offsets(self._consumer.beginning_offsets, partitions)

    async def ends(self, partitions: tuple[int, ...]) -> dict[int, int]:
        """Return the offsets of what comes next in the partitions."""
        return await self._offsets(self._consumer.end_offsets, partitions)

    async def committed(self, partitions: tuple[int, ...]) -> dict[int, int | None]:
        """Return how far the group has come, None where it has not begun."""
        with self.in_words():
            async with asyncio.timeout(2 * PATIENCE):
                return {one: await self._consumer.committed(self._at(one)) for one in partitions}

    async def positions(self) -> dict[int, int]:
        """Return the offsets of what is read next."""
        with self.in_words():
            async with asyncio.timeout(PATIENCE):
                return {one: await self._consumer.position(self._at(one)) for one in self.partitions}

    async def records(self, wait: float, most: int) -> list[Record]:
        """Return what has come, at most so much; nothing where nothing comes within so many seconds."""
        found: dict[Any, Any] = {}
        with self.in_words(), suppress(TimeoutError):
            async with asyncio.timeout(wait + PROBE):  # while the group cannot assign anything, it waits for that
                try:
                    found = await self._consumer.getmany(timeout_ms=int(wait * 1e3), max_records=most)
                except UnicodeDecodeError:
                    found = await self._stepping.step()
        self._stepping.came(found)
        return [
            Record(one.topic, one.partition, one.offset, one.key, one.value, tuple(one.headers))
            for several in found.values()
            for one in several
        ]

    async def commit(self, offsets: Mapping[int, int]) -> bool:
        """Note in the brokers how far the group has come; what is no longer ours is another's to note.

        Return whether the group takes it.
        """
        ours = self._consumer.assignment()
        noted = {self._at(one): offset for one, offset in offsets.items() if self._at(one) in ours}
        if not noted:
            return True
        with self.in_words(), suppress(CommitFailedError, RebalanceInProgressError, IllegalStateError):
            async with asyncio.timeout(PATIENCE):
                await self._consumer.commit(noted)
            return True
        return False

    async def survey_again(self) -> None:
        """Look at the topics anew."""
        with self.in_words():
            self.surveyed = await survey(*self._places)

    async def probe(self) -> None:
        """See that the brokers still answer."""
        with self.in_words():
            async with asyncio.timeout(PROBE):
                if self.partitions:
                    await self._consumer.end_offsets([self._at(one) for one in self.partitions])
                else:
                    await self._consumer.topics()

    @contextmanager
    def in_words(self) -> Iterator[None]:
        """Raise what fails as `Lost`."""
        try:
            yield
        except OffsetOutOfRangeError as error:
            raise Forgotten(f"the topic {self._topic} was truncated or made anew; it is read again") from error
        except TimeoutError as error:
            raise Lost(f"the brokers {self._brokers} do not answer") from error
        except asyncio.CancelledError as error:
            if is_cancelled():
                raise
            raise Lost(f"the connection to the brokers {self._brokers} broke") from error
        except KafkaFault as error:
            raise Lost(str(error)) from error
        except KafkaError as error:
            raise Lost(words_of(error, self._topic, self._brokers)) from error

    def _at(self, partition: int) -> TopicPartition:
        return TopicPartition(self._topic, partition)

    async def _offsets(self, ask: Any, partitions: tuple[int, ...]) -> dict[int, int]:  # noqa: ANN401  a method of aiokafka's
        with self.in_words():
            async with asyncio.timeout(2 * PATIENCE):
                found = await ask([self._at(one) for one in partitions])
                return {at.partition: offset for at, offset in found.items()}


class _Turns(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Hears what the group gives and takes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def on_partitions_revoked(self, revoked: object) -> None:
        """Let what is being dealt with be finished, within reason: it would be redelivered to another."""
        del revoked
        session = self._session
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await session.busy.acquire()
                session.busy.release()
        session.turn_over()
        session.turned = True

    async def on_partitions_assigned(self, assigned: object) -> None:
        """Note it."""
        del assigned
        self._session.turn()


class Places(NamedTuple):
    """Where a session's topics are."""

    settings: KafkaSettings
    asked: KafkaSourceSettings


@asynccontextmanager
async def connected(settings: KafkaSettings, asked: KafkaSourceSettings, group: str) -> AsyncIterator[Session]:
    """Connect; raise `Lost` where that fails."""
    brokers = ", ".join(settings.bootstrap)
    consumer: AIOKafkaConsumer | None = None
    producer: AIOKafkaProducer | None = None
    try:
        try:
            await reach(settings, PATIENCE)
            surveyed = await survey(settings, asked)
            consumer = _consumer(settings, asked, group)
            producer = AIOKafkaProducer(
                **producer_options(settings), **WRITING, client_id="galley", request_timeout_ms=int(REQUEST * 1e3)
            )
            async with asyncio.timeout(REQUEST):
                await consumer.start()
                await producer.start()
        except KafkaFault as error:
            raise Lost(f"no broker answers: {error}") from error
        except TimeoutError as error:
            raise Lost(f"the brokers {brokers} do not answer") from error
        except (KafkaError, OSError) as error:
            raise Lost(words_of(error, asked.topic, brokers)) from error
        yield Session(consumer, producer, Places(settings, asked), surveyed)
    finally:
        if producer is not None:
            await stop_producer(producer)
        if consumer is not None:
            await stop_consumer(consumer)


def _consumer(settings: KafkaSettings, asked: KafkaSourceSettings, group: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        **consumer_options(settings),
        client_id="galley",
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="none" if asked.read == "replay" else "earliest",
        isolation_level="read_committed",
        fetch_max_bytes=LARGEST_FETCH,
        request_timeout_ms=int(REQUEST * 1e3),
        metadata_max_age_ms=int(METADATA * 1e3),
        session_timeout_ms=int(settings.session_timeout * 1e3),
        heartbeat_interval_ms=int(settings.heartbeat * 1e3),
        rebalance_timeout_ms=int(2 * REQUEST * 1e3),
        max_poll_interval_ms=int(LONGEST_EMIT * 1e3),
    )


def words_of(error: BaseException, topic: str, brokers: str) -> str:
    """Return what is wrong with a topic or its brokers."""
    name = type(error).__name__
    why = getattr(error, "description", "") or str(error).removeprefix(f"{name}: ")
    if isinstance(error, UnsupportedCodecError):
        why = f"its records are compressed, and cramjam, which can undo that, is not installed: {why}"
    return f"the topic {topic} at {brokers} cannot be followed: {name}{f': {why}' if why else ''}"
