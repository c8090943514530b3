"""`KafkaSource`: a topic of documents as a source.

Theory of operation. With `read: replay` the whole topic is read at each start: the last word of each key counts,
nothing is said before its end is reached, and what the log has from before and the topic has no longer is deleted. From
there on, and with `read: group` from where the consumer group left off, records are taken as they come, those of a
moment together. They are understood (`galley.sources.kafka.heard`), compared with what was said, and emitted; once that
is durable, verdicts and dead letters are sent, and only when the brokers have these is the offset committed. So
whatever ends in between is done again, which changes nothing.

Records before the group's offset have had their verdicts; a replay gives them none again. At the very first start the
last record of each key gets one.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from galley.documents.limits import DEFAULT_LIMITS
from galley.kafka.quiet import quiet_libraries
from galley.sources.backoff import Backoff
from galley.sources.contract import SourceStatus
from galley.sources.kafka.answering import Answering
from galley.sources.kafka.following import Following, Told
from galley.sources.kafka.heard import Understanding
from galley.sources.kafka.lost import Forgotten, Lost, TopicMissing
from galley.sources.kafka.replaying import replay, resume
from galley.sources.kafka.session import connected
from galley.sources.kafka.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Callable

    from galley.documents.limits import Limits
    from galley.settings.kafka import KafkaSettings, KafkaSourceSettings
    from galley.sources.contract import Emit, Known
    from galley.sources.kafka.session import Session
    from pipeline.stages.policy import Policy
    from schemas.registry import Registry

WAIT: Final = 1.0
"""Seconds between two looks for a topic that is not there."""

LASTING: Final = 10.0
"""Seconds for which a topic must have been followed before the pauses begin anew."""


class KafkaSource:
    """Follows one topic, and says what its records say."""

    def __init__(
        self,
        asked: KafkaSourceSettings,
        settings: KafkaSettings,
        policy: Policy,
        registry: Registry,
        *,
        name: str = "kafka",
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Take a topic, which need not be there yet; nothing is opened before `run`. `policy` is the stages'."""
        quiet_libraries()
        self._asked = asked
        self._settings = settings
        self._group = asked.group or f"{settings.prefix}{name}"
        location = f"kafka://{','.join(settings.bootstrap)}/{asked.topic}"
        self._status = SourceStatus(name=name, kind="kafka", location=location)
        self._understanding = Understanding(
            source=name,
            topic=asked.topic,
            namespace=asked.namespace,
            policy=policy,
            registry=registry,
            limits=limits,
        )
        self.recall: Callable[[], Known] | None = None
        """What the log has of the source at any time, where others speak in its name too (`read: group`)."""

    @property
    def name(self) -> str:
        """See `galley.sources.contract.Source.name`."""
        return self._status.name

    @property
    def status(self) -> SourceStatus:
        """See `galley.sources.contract.Source.status`."""
        return self._status

    async def run(self, known: Known, emit: Emit) -> None:
        """See `galley.sources.contract.Source.run`."""
        told = Told(telling=Telling(self.name, known, self.recall if self._asked.read == "group" else None))
        self._status.objects = told.telling.objects
        self._status.synced = False
        backoff, loop = Backoff(0.2, 15.0), asyncio.get_running_loop()
        while True:
            begun = loop.time()
            try:
                async with connected(self._settings, self._asked, self._group) as session:
                    begun = loop.time()
                    await self._follow(session, told, emit)
            except TopicMissing as error:
                self._status.note([str(error)], lost=True)
                await asyncio.sleep(WAIT)
            except Lost as error:
                told.replayed &= not isinstance(error, Forgotten)
                if loop.time() > begun + LASTING:
                    backoff.reset()
                pause = backoff.pause()
                self._status.retry_at = time.time() + pause
                self._status.note([str(error)], lost=True)
                await asyncio.sleep(pause)

    async def _follow(self, session: Session, told: Told, emit: Emit) -> None:
        """Follow the topic until it is lost."""
        answering = Answering(session, self._asked, self.name)
        following = Following(session, answering, self._understanding, told, status=self._status, emit=emit)
        if self._asked.read == "group":
            await session.join()
        elif told.replayed:
            resume(following, await session.begins(session.surveyed.partitions))
        else:
            await replay(following)
        try:
            await following.run()
        except Lost as error:
            self._status.note([str(error)], lost=True)  # at once: to end a session may take a while
            raise
