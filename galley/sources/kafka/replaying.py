"""`replay`: a topic from its beginning: what is in effect at its end is said, and what it has no longer is deleted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from galley.sources.kafka.following import MOST
from galley.sources.kafka.history import History
from galley.sources.kafka.lost import Forgotten, Lost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from galley.sources.kafka.following import Following
    from galley.sources.kafka.heard import Heard
    from galley.sources.kafka.session import Session

AHEAD: Final = 4 * MOST
"""News of a partition that are said together with what is old: more than the log can have without their answers."""

_WAIT: Final = 1.0
_PATIENCE: Final = 60


async def replay(following: Following) -> None:
    """Read the topic, and say at once what is in effect at its end; with very many news, the rest of them comes later.

    News are what comes after the group's offset; they are answered. Where the group has not begun, everything is old,
    and each key's last word is answered.
    """
    session, told = following.session, following.told
    partitions = session.surveyed.partitions
    begins, ends = await session.begins(partitions), await session.ends(partitions)
    if told.telling.places and not any(ends.values()):
        raise Lost("the topic is empty and was not before: was it made anew? What it said is kept until it has records")
    committed = await session.committed(partitions)
    since = {one: _between(begins[one], committed[one], ends[one]) for one in partitions}
    targets = {one: min(since[one] + AHEAD, ends[one]) for one in partitions}
    history = History(following.understanding, since)
    await _read(session, begins, targets, history)
    heard = await asyncio.to_thread(history.in_effect, told.telling.places)
    await _tell(following, heard, whole=targets == ends)
    await _answer(following, [one for one in heard if _is_answered(one, committed)])
    await following.settle(targets)
    told.replayed = True


def resume(following: Following, begins: Mapping[int, int]) -> None:
    """Read on from where an earlier session ended; raise `Forgotten` where the topic has that no longer."""
    positions = {one: following.told.positions.get(one, begin) for one, begin in begins.items()}
    if any(positions[one] < begin for one, begin in begins.items()):
        raise Forgotten("the topic was truncated; it is read again")
    following.session.assign(positions)


def _between(begin: int, committed: int | None, end: int) -> int:
    return end if committed is None else min(max(committed, begin), end)


def _is_answered(heard: Heard, committed: Mapping[int, int | None]) -> bool:
    since = committed[heard.record.partition]
    return since is None or heard.record.offset >= since


async def _read(session: Session, begins: Mapping[int, int], targets: Mapping[int, int], history: History) -> None:
    """Read each partition from its beginning up to an offset, and leave all of them there."""
    session.assign(begins)
    left = {one for one in targets if begins[one] < targets[one]}
    for one in targets.keys() - left:
        session.hold(one, targets[one])
    silent = 0
    while left:
        records = await session.records(_WAIT, MOST)
        history.add(record for record in records if record.offset < targets[record.partition])
        positions = await session.positions()
        for one in [one for one in left if positions[one] >= targets[one]]:
            session.hold(one, targets[one])
            left.discard(one)
        silent = 0 if records else silent + 1
        if not records:
            await session.probe()
        if silent > _PATIENCE:
            raise Lost("the topic's partitions end before they should")
    session.release()


async def _tell(following: Following, heard: list[Heard], *, whole: bool) -> None:
    told, telling = following.told, following.told.telling
    proposal = telling.propose(heard)
    told.named = None if whole else set(proposal.words)
    gone = telling.gone(sorted(telling.places - proposal.words.keys())) if whole else None
    changes = (*proposal.changes, *(gone.changes if gone else ()))
    first = whole and not following.status.synced
    of = heard[0] if len({(one.record.partition, one.record.offset) for one in heard}) == 1 else None
    cause = following.cause(
        f"{following.understanding.topic}, read from its beginning",
        trace=of.trace if of else "",
        author=of.author if of else "",
    )
    await following.say(changes, cause, synced=first)
    telling.said(proposal)
    if gone:
        telling.said(gone)


async def _answer(following: Following, heard: list[Heard]) -> None:
    """Answer for records, each once, in the order of the topic."""
    records = {(one.record.partition, one.record.offset): one for one in heard}
    await following.answer([records[at] for at in sorted(records)], following.cause("").trace)
