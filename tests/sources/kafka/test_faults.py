"""Whatever ends at whatever moment, nothing that was written is lost, and nothing is said that is not so."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, closing
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewPartitions

from galley.settings.kafka import KafkaSasl, KafkaSettings, KafkaTls
from galley.sources.kafka import session
from galley.sources.kafka.following import NOT_NOTED
from tests.components.kafka_broker import PASSWORD, USER, kafka_broker
from tests.sources.contract import document, eventually, until_synced
from tests.sources.kafka.world import KafkaWorld, key_of
from tests.sources.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from galley.sources.contract import Known
    from pipeline.model.batch import Batch
    from tests.components.kafka_broker import Kafka
    from tests.sources.kafka.conftest import Reached

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]

BOTH = pytest.mark.parametrize("read", ["replay", "group"])


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Kafka]:
    """A broker of the test's own, which may be killed."""
    with kafka_broker(tmp_path) as found:
        yield found


def values(listener: Listener, world: KafkaWorld) -> dict[str, str]:
    """Return what is served."""
    return {name: world.value_of(listener, name) for name in world.names(listener)}


@pytest.mark.parametrize("read", [pytest.param("replay", marks=pytest.mark.soak), "group"])
async def test_a_broker_that_is_killed_loses_nothing(broker: Kafka, read: str) -> None:
    """What was written before, and after it is back, is said; its answers are given."""
    with closing(KafkaWorld(broker, read=read)) as world:
        source, listener = world.source(), Listener()
        async with listener.running(source):
            await until_synced(listener, world)
            for turn in range(2):
                world.change({f"a{number}": turn for number in range(20)})
                world.topics.close()  # kafka-python leaves sockets open that a broker's end has cut
                await asyncio.to_thread(broker.kill)
                await eventually(lambda: source.status.lost, 30)
                assert broker.bootstrap in source.status.errors[0]
                await asyncio.to_thread(broker.start)
                world.topics.reconnect()
                await asyncio.to_thread(world.change, {f"b{number}": turn for number in range(20)})
                expected = {f"{kind}{number}": world.value(turn) for kind in "ab" for number in range(20)}
                await eventually(lambda wanted=expected: values(listener, world) == wanted, 40)
                await eventually(lambda: not source.status.errors, 20)
        found = await asyncio.to_thread(world.topics.verdicts, world.topic, 80, 5.0)
        assert len({(one["partition"], one["offset"]) for one in found}) == 80


@BOTH
async def test_what_ends_before_the_answer_is_done_again(reached: Reached, read: str) -> None:
    """A batch that is durable, and whose offset is not committed, changes nothing by coming again, and is answered."""
    with closing(KafkaWorld(reached.broker, read=read)) as world:
        listener = Listener()
        async with listener.running(world.source()):
            await until_synced(listener, world)
        listener.gate.clear()
        world.change({"a": 1, "b": 1})
        async with listener.running(world.source()):
            await listener.next()
        assert world.names(listener) == {"a", "b"}
        assert not await asyncio.to_thread(world.topics.verdicts, world.topic, 1, 0.5)
        fresh = Listener()
        fresh.state = listener.state
        before = dict(listener.state.mesh)
        async with fresh.running(world.source()):
            assert {word for word in await until_synced(fresh, world) if word != "."} <= (
                {"+a", "+b"} if read == "group" else set()
            )
            found = await asyncio.to_thread(world.topics.verdicts, world.topic, 2)
        assert {one["key"] for one in found} == {key_of("a"), key_of("b")}
        assert fresh.state.mesh == before


class _Several(Listener):
    """Several processes of one mesh, whose batches one engine takes, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = asyncio.Lock()

    async def emit(self, batch: Batch) -> None:
        """Take a batch."""
        async with self._lock:
            await super().emit(batch)

    def recalled(self) -> Known:
        """Return what the source has said, in whatever process."""
        return self.known("kafka")


async def test_instances_share_the_partitions(reached: Reached) -> None:
    """One comes, one goes, while records come; in the end the mesh is what the topic says."""
    with closing(KafkaWorld(reached.broker, read="group")) as world:
        listener = _Several()
        sources = [world.source(), world.source()]
        for source in sources:
            source.recall = listener.recalled
        async with AsyncExitStack() as first:
            await first.enter_async_context(listener.running(sources[0]))
            await eventually(lambda: sources[0].status.synced)
            world.change({f"a{number}": 0 for number in range(30)})
            async with listener.running(sources[1]):
                for value in range(1, 8):
                    await asyncio.to_thread(world.change, {f"a{number}": value for number in range(30)})
                    await asyncio.sleep(0.2)
                await eventually(lambda: sources[1].status.detail not in {"", "0 of 3 partitions"}, 30)
                await eventually(lambda: set(values(listener, world).values()) == {world.value(7)}, 30)
                shared = {"1 of 3 partitions", "2 of 3 partitions"}
                await eventually(lambda: {one.status.detail for one in sources} == shared)
            await asyncio.to_thread(world.change, {f"a{number}": 8 for number in range(0, 30, 2)})
            await asyncio.to_thread(world.change, {f"a{number}": None for number in range(1, 30, 2)})
            wanted = {f"a{number}": world.value(8) for number in range(0, 30, 2)}
            await eventually(lambda: values(listener, world) == wanted, 30)


async def test_a_truncated_topic_is_read_again(reached: Reached) -> None:
    """What it has no longer is deleted, what it has is said."""
    with closing(KafkaWorld(reached.broker, reached.way, configs={"cleanup.policy": "delete"})) as world:
        source, listener = world.source(), Listener()
        world.change({"a": 1, "b": 1, "c": 1})
        async with listener.running(source):
            await until_synced(listener, world)
            world.lose()
            await eventually(lambda: source.status.lost)
            world.change({"a": 2})
            _truncate(world)
            world.change({"b": 3, "d": 1})
            world.find()
            wanted = {"b": world.value(3), "d": world.value(1)}
            await eventually(lambda: values(listener, world) == wanted)
            await eventually(lambda: not source.status.errors)


async def test_an_empty_topic_that_was_not_empty_is_a_mistake(reached: Reached) -> None:
    """A topic that was deleted and made anew says nothing yet."""
    with closing(KafkaWorld(reached.broker, reached.way)) as world:
        listener = Listener()
        world.change({"a": 1, "b": 1})
        async with listener.running(world.source()):
            await until_synced(listener, world)
        world.topics.remove(world.topic)
        source = world.source()
        async with listener.running(source):
            await eventually(lambda: any("does not exist" in one for one in source.status.errors))
            world.topics.make(world.topic, 3)
            await eventually(lambda: any("made anew" in one for one in source.status.errors))
            assert world.names(listener) == {"a", "b"}
            world.change({"a": 2})
            await eventually(lambda: values(listener, world) == {"a": world.value(2)})
            await eventually(lambda: source.status.synced and not source.status.errors)


async def test_partitions_that_are_added_are_read(reached: Reached, monkeypatch: pytest.MonkeyPatch) -> None:
    """From their beginning."""
    monkeypatch.setattr(session, "METADATA", 0.5)
    with closing(KafkaWorld(reached.broker)) as world:
        source, listener = world.source(), Listener()
        world.change({"a": 1})
        async with listener.running(source):
            await until_synced(listener, world)
            admin = KafkaAdminClient(bootstrap_servers=reached.broker.bootstrap)
            admin.create_partitions({world.topic: NewPartitions(5)})
            admin.close()
            world.topics.reconnect()
            world.topics.write(world.topic, [(key_of("z"), document("z", 1))], partition=4)
            await eventually(lambda: world.names(listener) == {"a", "z"}, 20)


async def test_transactions_are_read_once_they_are_committed(reached: Reached) -> None:
    """What is aborted was never said; a topic that ends with the mark of a transaction has an end."""
    with closing(KafkaWorld(reached.broker)) as world:
        producer = KafkaProducer(bootstrap_servers=reached.broker.bootstrap, transactional_id=world.topic)
        producer.init_transactions()
        for name, commit in (("a", True), ("b", False)):
            producer.begin_transaction()
            producer.send(world.topic, key=key_of(name).encode(), value=document(name, 1).encode(), partition=0)
            producer.flush()
            if commit:
                producer.commit_transaction()
            else:
                producer.abort_transaction()
        listener = Listener()
        async with listener.running(world.source()):
            assert await until_synced(listener, world) == ["+a", "."]
            producer.begin_transaction()
            for name in "cd":
                producer.send(world.topic, key=key_of(name).encode(), value=document(name, 1).encode())
            producer.flush()
            await listener.quiet()
            producer.commit_transaction()
            assert sorted(world.said(await listener.next())) == ["+c", "+d"]
        producer.close()


async def test_a_log_that_takes_nothing_for_long_keeps_the_source_in_its_group(reached: Reached) -> None:
    """Records wait in the brokers, not in memory, and nobody else is given them."""
    with closing(KafkaWorld(reached.broker, read="group")) as world:
        source, listener = world.source(), Listener()
        async with listener.running(source):
            await until_synced(listener, world)
            listener.gate.clear()
            world.change({"a": 1})
            await listener.next()
            for value in range(5):
                world.change({f"b{number}": value for number in range(100)})
            await asyncio.sleep(8)  # longer than the session of the group
            await listener.quiet()
            listener.gate.set()
            await eventually(lambda: set(values(listener, world).values()) == {world.value(1), world.value(4)})
            assert source.status.failures == 0


class _Unreadable(str):
    """A header's name that is no UTF-8, which other clients can write."""

    __slots__ = ()

    def encode(self, encoding: str = "", errors: str = "") -> bytes:
        """Return what is written."""
        del encoding, errors
        return b"\xff\xfe"


@BOTH
async def test_a_record_that_the_client_cannot_read_is_left_out(reached: Reached, read: str) -> None:
    """And all before and after it are read, at the start and later."""
    with closing(KafkaWorld(reached.broker, read=read)) as world:

        def write(value: int) -> None:
            for name in "abc":
                poison = [(_Unreadable("x"), b"")] if name == "b" else []
                world.topics.write(world.topic, [(key_of(name), document(name, value))], poison, 0)
            world.change({f"d{number}": value for number in range(9)})

        write(1)
        listener = Listener()
        async with listener.running(world.source()):
            for value in (1, 2):
                wanted = {name: world.value(value) for name in ("a", "c", *(f"d{number}" for number in range(9)))}
                await eventually(lambda expected=wanted: values(listener, world) == expected)
                write(2)


async def test_a_group_that_others_use_is_told(reached: Reached) -> None:
    """A replay cannot note there what was answered."""
    with closing(KafkaWorld(reached.broker, group=f"others-{reached.way.port}")) as world:
        theirs = KafkaConsumer(
            world.topic, bootstrap_servers=reached.broker.bootstrap, group_id=world.asked.group, consumer_timeout_ms=100
        )
        await eventually(lambda: theirs.poll(timeout_ms=100) is not None and bool(theirs.assignment()))
        source, listener = world.source(), Listener()
        async with listener.running(source):
            await until_synced(listener, world)
            world.change({"a": 1})
            assert world.said(await listener.next()) == ["+a"]
            await eventually(lambda: source.status.errors == [NOT_NOTED])
        theirs.close()


async def test_by_tls_and_password(kafka: Kafka, tmp_path: Path) -> None:
    """Consumer, producer and administration alike; a wrong password is told as such."""
    password = tmp_path / "password"
    password.write_text("wrong\n")
    with closing(KafkaWorld(kafka)) as world:
        world.settings = KafkaSettings(
            bootstrap=(kafka.address("sasl_tls"),),
            prefix=f"{world.topic}.",
            tls=KafkaTls(ca=kafka.ca),
            sasl=KafkaSasl(username=USER, password_file=password),
        )
        world.change({"a": 1})
        source, listener = world.source(), Listener()
        async with listener.running(source):
            await eventually(lambda: any("refuses the user galley" in one for one in source.status.errors))
            password.write_text(f"{PASSWORD}\n")
            assert await until_synced(listener, world) == ["+a", "."]
            world.change({"b": 1})
            assert world.said(await listener.next()) == ["+b"]
            assert len(await asyncio.to_thread(world.topics.verdicts, world.topic, 2)) == 2
        assert "wrong" not in repr(source.status)


def _truncate(world: KafkaWorld) -> None:
    """Drop all records that a topic has."""
    admin = KafkaAdminClient(bootstrap_servers=world.topics.bootstrap)
    try:
        admin.delete_records({TopicPartition(world.topic, one): -1 for one in range(3)})
    finally:
        admin.close()
