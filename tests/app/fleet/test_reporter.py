"""A server says what it has whenever that changes, not too often, now and then in any case, and when it ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from galley.app.fleet.exchange import Exchange
from galley.app.fleet.fleet import Fleet
from galley.app.fleet.report import MOST_LISTED, ServerReport
from galley.app.fleet.reporter import Reporter
from tests.app.fleet.servers import Clock, connected, edit, fleet, mesh, report

if TYPE_CHECKING:
    from collections.abc import Callable


class Wall:
    """A board in memory; `said` has everything that was put, in order."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[tuple[str, bytes | None]] = asyncio.Queue()
        self._hearers: list[Callable[[str, bytes | None, float], None]] = []

    async def put(self, name: str, words: bytes | None) -> None:
        """Tell everybody."""
        self.said.put_nowait((name, words))
        for hear in self._hearers:
            hear(name, words, 0.0)

    async def follow(self, hear: Callable[[str, bytes | None, float], None], read: Callable[[str], None]) -> None:
        """Hear from now on."""
        self._hearers.append(hear)
        hear("broken", b"{}", 0.0)
        read("")
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_server_reports_what_changes_and_its_end() -> None:
    """The first report comes at once, another when a revision comes, and nothing is left of a server that ends."""
    server, clock, wall = mesh(), Clock(), Wall()
    connected(server, "p")
    far = Fleet(clock, name="far", shared=True)
    reporter = Reporter(server.discovery.ledger, lambda *_: [], "one", wall.put, clock)
    hearing, telling = Exchange(far, wall, None), Exchange(fleet(server, "one", clock), wall, reporter)
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(10):
        both = [tasks.create_task(one.run()) for one in (hearing, telling)]
        name, words = await wall.said.get()
        assert words is not None
        assert (name, ServerReport.model_validate_json(words).revision) == ("one", 1)
        assert (far.unknown, far.live(1).applied) == ("", 1)
        edit(server, "more")
        await wall.said.get()
        assert (far.live(2).applied, far.live(2).of) == (0, 1)
        both[1].cancel()
        assert await wall.said.get() == ("one", None)
        assert far.servers() == []
        both[0].cancel()


def test_a_report_is_bounded() -> None:
    """Of a fleet of thousands those who refuse are named, and the others counted; a reason is cut."""
    server, clock = mesh(), Clock()
    streams = [connected(server, f"p{number}") for number in range(30)]
    edit(server, "bad")
    for number, stream in enumerate(streams):
        for message in stream.messages():
            if number == 20:
                stream.nack(message, "no" * 10_000)
            else:
                stream.request(message.type, nonce=message.nonce)
    told = report(server, "one", clock, most_listed=3)
    assert (told.applied, told.of, len(told.proxies), MOST_LISTED) == (29, 30, 3, 2_000)
    assert "p20" in told.proxies[0].node
    assert [(group.count, group.revision) for group in told.rest] == [(27, 2)]
    assert len(told.refused[0].reason) == 1_000
