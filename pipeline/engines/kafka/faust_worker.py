"""`FaustWorker`: the one place that knows Faust: an agent on the log, a table of the state's rows, in our own loop.

Theory of operation. Faust's consumer group gives the log's one partition to one worker of the mesh at a time, recovers
the table from its changelog, and hands us the log's entries one after the other. What we do with an entry is the
handler's; its rows go through the table into the changelog, and `written` says when the brokers have them. A worker
that crashed is not mended: it is stopped, and a new one made (`pipeline.engines.kafka.writer`).

Faust's own loop, signals, web server, topics and leader election are not used. What is overridden saves fixed waits
of seconds at each start, keeps a record without a key from the table, and sends an entry's rows at once, by our own
producer, whose retries keep their order.
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from contextlib import suppress
from dataclasses import dataclass
from time import time
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog

from galley.kafka.access import faust_options
from galley.kafka.names import Topics
from galley.kafka.stopping import stop_consumer
from pipeline.engines.kafka.broken import broken_is_a_fault

with warnings.catch_warnings():
    # Faust and what it stands on use names that Python deprecates; we can do nothing about it.
    warnings.simplefilter("ignore")
    import faust
    from faust.tables.manager import TableManager
    from faust.transport.consumer import ConsumerThread
    from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
    from faust.types import TP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from galley.settings.kafka import KafkaSettings
    from pipeline.engines.kafka.topic_writer import TopicWriter
    from pipeline.topics.outgoing import Outgoing

_log = structlog.get_logger("pipeline.engines")

_BYTES: Final[dict[str, Any]] = {"key_type": bytes, "value_type": bytes}
_RAW: Final[dict[str, Any]] = {**_BYTES, "key_serializer": "raw", "value_serializer": "raw", "partitions": 1}
_CHANGELOG: Final[dict[str, Any]] = {
    "acks": False,
    "internal": True,
    "allow_empty": True,
    "maxsize": 131_072,
    "compacting": True,
}
_COMMIT: Final = 1.0
_LAST_COMMIT: Final = 1.0
_FETCH_WAIT: Final = 250
_REBALANCE: Final = 10.0
_REQUEST: Final = 20.0
_BATCH: Final = 1 << 20
_STORES: Final = {"memory": "memory://", "rocksdb": "rocksdb://?driver=rocksdict"}
_PATIENCE: Final = 10.0
"""Seconds that stopping may take: with the brokers gone, what is not sent yet is not waited for."""


class Handler(Protocol):
    """What the worker tells, on our loop; none of it raises."""

    def assigned(self, *, ours: bool) -> None:
        """Say that the group is balanced, the table recovered, and whether the log is this worker's."""
        ...

    def revoked(self) -> None:
        """Say that the log is, for now, nobody's or somebody else's."""
        ...

    async def take(self, offset: int, value: bytes | None) -> None:
        """Take the log's record at an offset; the next comes after that. Rows are put meanwhile."""
        ...


class WorkerFailed(Exception):
    """The worker has crashed; the message says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How a worker does: seconds since a broker answered its fetch, and the offset after the log's last record."""

    age: float
    end: int


class _Thread(AIOKafkaConsumerThread):
    """Faust's consumer, whose fetches do not keep its other questions waiting for a second and a half."""

    def _create_worker_consumer(self, transport: Any) -> Any:  # noqa: ANN401  Faust's own
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = _FETCH_WAIT  # noqa: SLF001  Faust has no setting for it
        return consumer

    async def on_thread_stop(self) -> None:
        """End the consumer in a way that ends also where the brokers are gone."""
        await ConsumerThread.on_thread_stop(self)
        if self._consumer is not None:
            await stop_consumer(self._consumer)


class _Consumer(Consumer):
    """Faust's consumer, as our loop sees it."""

    async def commit_and_end_transactions(self) -> None:
        """Commit a last time; with the brokers gone, that would wait for them for ever."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_COMMIT):
                await super().commit_and_end_transactions()

    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class _Transport(Transport):
    Consumer = _Consumer


class _App(faust.App):
    """Faust's app, which says when its group is balanced, and when it is past help."""

    gone: asyncio.Event
    balanced: Callable[[], None]

    def _new_transport(self) -> _Transport:
        return _Transport(self.conf.broker_consumer, self)

    def on_rebalance_end(self) -> None:
        """Say that the log flows again, if it is ours."""
        super().on_rebalance_end()
        self.balanced()

    def _crash(self, reason: BaseException) -> None:
        """Say so, from whatever thread."""
        super()._crash(reason)
        self.loop.call_soon_threadsafe(self.gone.set)


class _Tables(TableManager):
    """Faust's tables, without the second that it leaves a program to declare more of them."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class _Rows(faust.Table[bytes, bytes]):
    """A table whose changes we send to its changelog ourselves: all of an entry's at once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Faust's own
        super().__init__(*args, **kwargs)
        self.unsent: list[Outgoing] = []

    def put(self, row: Outgoing) -> None:
        """Write a row, or sweep it (None); keep it, with who said so, until it is sent."""
        key = row.key or b""
        if row.value is not None:
            self[key] = row.value
        elif key in self:
            del self[key]
        self.unsent.append(row)

    def on_key_set(self, key: bytes, value: bytes) -> None:
        """Send nothing: `put` has."""

    def on_key_del(self, key: bytes) -> None:
        """Send nothing: `put` has."""

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        """Recover changes; a record without a key is no row, whoever wrote it."""
        super().apply_changelog_batch([event for event in batch if event.message.key is not None])


class FaustWorker:
    """A worker for the log and the rows' changelog; run it once. `put` may be called inside `Handler.take` alone."""

    def __init__(self, settings: KafkaSettings, handler: Handler, writer: TopicWriter, folder: Path) -> None:
        """Declare the app; its files lie in `folder`. Raise `galley.kafka.faults.AccessUnusable`."""
        self._writer = writer
        topics = Topics(settings.prefix)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("faust", "mode", "aiokafka"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._handler = handler
        self._app: Any = _App(
            f"{settings.prefix}pipeline",
            **faust_options(settings, faust.SASLCredentials),
            store=_STORES[settings.store],
            broker_session_timeout=settings.session_timeout,
            broker_heartbeat_interval=settings.heartbeat,
            broker_rebalance_timeout=max(_REBALANCE, settings.session_timeout),
            broker_request_timeout=max(_REQUEST, settings.session_timeout),
            broker_commit_interval=_COMMIT,
            datadir=str(folder),
            Table=_Rows,
            TableManager=_Tables,
            topic_partitions=1,
            topic_allow_declare=False,
            topic_disable_leader=True,
            table_standby_replicas=0,
            consumer_auto_offset_reset="earliest",
            stream_wait_empty=False,
            stream_recovery_delay=0.0,
            web_enabled=False,
            consumer_max_fetch_size=_BATCH,
        )
        self._tp, self._changelog = TP(topics.log, 0), TP(topics.state, 0)
        self._started = time()
        self._app.gone = asyncio.Event()
        self._app.balanced = self._balanced
        self._app.on_partitions_revoked.connect(self._revoked, weak=False)
        self._app.agent(self._app.topic(topics.log, allow_empty=True, **_RAW), name="writer")(self._entries)
        changelog = self._app.topic(topics.state, **_RAW, **_CHANGELOG)
        self._table: Any = self._app.Table("state", partitions=1, changelog_topic=changelog, **_BYTES)

    async def run(self) -> None:
        """Work until cancelled, then leave the group; raise `WorkerFailed` where the worker crashed."""
        try:
            self._app.finalize()
            await self._app.start()
            await self._app.gone.wait()
        except Exception as error:  # the lifecycle's guard: whatever Faust raises, a new worker is made
            raise WorkerFailed(f"Faust has failed: {error!r}") from error
        finally:
            self._handler.revoked()
            await self._stop()
        raise WorkerFailed(f"Faust has crashed: {self._app.crash_reason!r}")

    def put(self, row: Outgoing) -> None:
        """Write a row, or sweep it (None)."""
        self._table.put(row)

    async def written(self) -> None:
        """Return when the brokers have all that was put; raise `KafkaError` where they do not take it."""
        unsent, self._table.unsent = self._table.unsent, []
        if unsent:
            offset = await self._writer.send(self._changelog.topic, unsent)
            self._table.data.set_persisted_offset(self._changelog, offset)

    def pulse(self) -> Pulse | None:
        """Tell how the worker does; None while the log is not its."""
        consumer = getattr(getattr(self._app.consumer, "_thread", None), "_consumer", None)
        if consumer is None or self._tp not in consumer.assignment():
            return None
        polled, end = consumer.last_poll_timestamp(self._tp), consumer.highwater(self._tp)
        return Pulse(age=max(0.0, time() - (polled / 1000 if polled else self._started)), end=end or 0)

    async def go_on_from(self, offset: int) -> None:
        """Have the log's records from an offset on, or from what the group has committed, where that is before.

        Faust goes on from where the group was when it was balanced; where nothing was committed yet, it goes on after
        what it had fetched before, and has dropped.
        """
        thread = self._app.consumer._thread  # noqa: SLF001  Faust itself asks for no offset
        with broken_is_a_fault():
            committed = await thread.call_thread(thread._consumer.committed, self._tp)  # noqa: SLF001  likewise
            await self._app.consumer.seek(self._tp, offset if committed is None else min(offset, committed))

    async def _entries(self, stream: Any) -> None:  # noqa: ANN401  Faust's stream
        # Faust would acknowledge an entry that it was stopped in the middle of.
        stream.enable_acks = False
        async for event in stream.events():
            await self._handler.take(event.message.offset, event.message.value)
            await stream.ack(event)

    def _balanced(self) -> None:
        self._handler.assigned(ours=self._tp in self._app.consumer.assignment())

    def _revoked(self, *_: object, **__: object) -> None:
        self._handler.revoked()

    async def _stop(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._app.stop()
        except TimeoutError:
            _log.warning("faust.stop-timeout", seconds=_PATIENCE)
        except Exception as error:  # noqa: BLE001  the lifecycle's guard: it is gone either way
            _log.warning("faust.stop-failed", error=str(error))
