"""Events are kept in a file within bounds; what a crash or a bad disk leaves of it harms nobody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from galley.app.event_history import EventHistory
from galley.app.events import Event, Events
from schemas.events.catalogue import Confirmed

if TYPE_CHECKING:
    from pathlib import Path


async def told(history: EventHistory, *revisions: int) -> None:
    """Have a server tell of revisions, and end."""
    events = Events("/galley/test", history.load())
    events.hearers.append(history.add)
    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(history.keep())
        await asyncio.sleep(0)
        for revision in revisions:
            events.add(Confirmed(revision=revision), 1.0, "")
        keeping.cancel()


def revisions(events: list[Event]) -> list[int]:
    """Return the revisions of events."""
    return [event.data.revision for event in events]


async def test_the_last_events_of_earlier_lives_are_there(tmp_path: Path) -> None:
    """With their ids, in order; never more than twice as many lie in the file, which only its owner reads."""
    file = tmp_path / "events.jsonl"
    for life in range(5):
        await told(EventHistory(file, most=4), *range(3 * life, 3 * life + 3))
    kept = EventHistory(file, most=4).load()
    assert revisions(kept) == [11, 12, 13, 14]
    assert len({event.id for event in kept}) == 4
    assert len(file.read_bytes().splitlines()) <= 8
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_line_that_was_cut_off_costs_itself(tmp_path: Path) -> None:
    """So does one of a type that nobody knows, or that is no JSON."""
    file = tmp_path / "events.jsonl"
    await told(EventHistory(file), 1, 2)
    whole = file.read_bytes()
    file.write_bytes(b"nothing\n" + b'{"type": "io.galley.else.v1", "id": "a", "data": {}}\n[]\n' + whole[:-20])
    await told(EventHistory(file), 3)
    assert revisions(EventHistory(file).load()) == [1, 3]


async def test_a_disk_that_cannot_be_written_is_told_of_once(tmp_path: Path) -> None:
    """The events are told all the same."""
    (tmp_path / "events.jsonl").mkdir()
    history = EventHistory(tmp_path / "events.jsonl")
    with capture_logs() as log:
        await told(history, 1)
        await told(history, 2)
    (line,) = log
    assert (line["event"], line["reason"]) == ("events.not_kept", "Is a directory")


@pytest.mark.parametrize("count", [0, 1_500])
async def test_a_flood_between_two_writes_has_bounds(tmp_path: Path, count: int) -> None:
    """Of more events than are kept, the last are written."""
    file = tmp_path / "events.jsonl"
    await told(EventHistory(file), *range(count))
    assert revisions(EventHistory(file).load()) == list(range(max(0, count - 1_000), count))
