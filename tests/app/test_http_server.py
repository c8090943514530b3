"""The administration's HTTP server ends in order, whoever still waits for an answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from galley.app.http_server import HttpServer

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


async def test_who_still_waits_when_the_server_ends_is_told_so() -> None:
    """In the form that every error has, so that a command says it, not that nothing of ours is there."""
    begun = asyncio.Event()

    async def never(_: Scope, __: Receive, ___: Send) -> None:
        begun.set()
        await asyncio.Future()

    server = HttpServer(never)
    address = server.open("127.0.0.1:0")
    async with (
        asyncio.timeout(30),
        httpx.AsyncClient(base_url=f"http://{address}", trust_env=False, timeout=20.0) as client,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(server.run())
        asked = tasks.create_task(client.get("/api/v1/wait"))
        await begun.wait()
        server.stop()
        answer = await asked
    assert answer.status_code == 503
    assert answer.json() == {"error": "the server ends", "hint": "ask again once it is back"}
