"""`Answering`: sends verdicts and dead letters, and waits until the brokers have them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    RecordTooLargeError,
    TopicAuthorizationFailedError,
)

from galley.sources.kafka.answers import dead_letter, verdict
from galley.sources.kafka.session import PATIENCE

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Sequence

    from galley.settings.kafka import KafkaSourceSettings
    from galley.sources.kafka.answers import Letter
    from galley.sources.kafka.heard import Heard
    from galley.sources.kafka.session import Session

TOGETHER: Final = 1_000
"""Records that are answered before the brokers' word is waited for."""

AGAIN: Final = 30.0
"""Seconds after which it is looked whether a topic takes answers after all."""

_TOO_LARGE: Final = (MessageSizeTooLargeError, RecordListTooLargeError, RecordTooLargeError)
_FORBIDDEN: Final = (TopicAuthorizationFailedError, InvalidTopicError)


class Answering:
    """The answers of one session. Where a topic takes none, nothing waits for that: `troubles` says why, by topic."""

    def __init__(self, session: Session, asked: KafkaSourceSettings, source: str) -> None:
        """Answer by this session's producer."""
        self._session = session
        self._source = source
        self._verdicts = asked.verdict_topic
        self._dead_letters = asked.dead_letter_topic
        self.troubles: dict[str, str] = dict(session.surveyed.troubles)
        self._closed = set(self.troubles)
        self._looked = time.monotonic()

    async def look_again(self) -> None:
        """See whether topics that took no answers take them now, if it is time for that; raise `Lost`."""
        if self.troubles and time.monotonic() > self._looked + AGAIN:
            await self._session.survey_again()
            self.troubles = dict(self._session.surveyed.troubles)
            self._closed, self._looked = set(self.troubles), time.monotonic()

    async def answer(self, heard: Sequence[tuple[Heard, str]], revision: int) -> None:
        """Answer for records (each with its trace) that are in a revision; raise `Lost` where the brokers are."""
        for start in range(0, len(heard), TOGETHER):
            letters = self._letters(heard[start : start + TOGETHER], revision)
            with self._session.in_words():
                async with asyncio.timeout(PATIENCE):
                    await self._send_all(letters)

    def _letters(self, heard: Sequence[tuple[Heard, str]], revision: int) -> list[tuple[Letter, Letter]]:
        """Return what to send, each with what is sent instead where it is too large."""
        letters: list[tuple[Letter, Letter]] = []
        for one, trace in heard:
            if self._dead_letters and not one.accepted:
                smaller = dead_letter(self._dead_letters, self._source, one, trace, whole=False)
                letters.append((dead_letter(self._dead_letters, self._source, one, trace), smaller))
            if self._verdicts:
                smaller = verdict(self._verdicts, one, revision, trace, most=1)
                letters.append((verdict(self._verdicts, one, revision, trace), smaller))
        return letters

    async def _send_all(self, letters: Sequence[tuple[Letter, Letter]]) -> None:
        sent = [(*both, await self._send(both[0])) for both in letters]
        for whole, less, future in sent:
            await self._settle(whole, less, future)

    async def _settle(self, letter: Letter, smaller: Letter | None, future: Future[Any] | KafkaError | None) -> None:
        """Wait for the brokers' word; what is too large is sent once more with less in it."""
        if future is None:
            return
        topic = letter.topic
        try:
            if isinstance(future, KafkaError):
                raise future
            await future
        except _TOO_LARGE:
            if smaller is not None:
                await self._settle(smaller, None, await self._send(smaller))
            else:
                self.troubles[topic] = f"the topic {topic} does not take an answer that is too large for it"
        except _FORBIDDEN as error:
            self.troubles[topic] = f"the topic {topic} cannot be written to: {type(error).__name__}"
            self._closed.add(topic)
        else:
            self.troubles.pop(topic, None)

    async def _send(self, letter: Letter) -> Future[Any] | KafkaError | None:
        """Give a letter to the producer; None where its topic is known not to take any."""
        if letter.topic in self._closed:
            return None
        try:
            future: Future[Any] = await self._session.producer.send(
                letter.topic, letter.value, key=letter.key, headers=list(letter.headers)
            )
        except (*_TOO_LARGE, *_FORBIDDEN) as error:
            return error
        return future
