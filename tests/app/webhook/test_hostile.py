"""Whoever reaches the port may send what they like: they are told no, or cut off, and others are answered meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import ssl
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest

from galley.app.webhook import body, connection
from tests.app.live import running
from tests.app.webhook.apiserver import api_server, ask, document, review, trust
from tests.app.webhook.test_validate import ENTRY, GATEWAY, MESH, ROUTE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.app.live import Live

JSON = {"content-type": "application/json"}


@contextlib.asynccontextmanager
async def serving(root: Path, **webhook: object) -> AsyncIterator[Live]:
    """Run a server over a small mesh."""
    (root / "mesh").mkdir()
    (root / "mesh" / "mesh.yaml").write_text(MESH)
    async with running(root, webhook={"address": "127.0.0.1:0", **webhook}) as live:
        yield live


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", JSON, 400),
        (b"{", JSON, 400),
        (b"[]", JSON, 400),
        (b"null", JSON, 400),
        (b"\xff\xfe", JSON, 400),
        (b'{"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v2"}', JSON, 400),
        (b'{"kind": "AdmissionReview", "apiVersion": ["admission.k8s.io/v1"]}', JSON, 400),
        (b'{"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1"}', JSON, 400),
        (b'{"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {"uid": 1}}', JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b"{}", {"content-type": "text/plain"}, 415),
        (b"{}", {"content-type": "application/json-patch+json"}, 415),
        (b"{}", {}, 415),
        (b" " * (body.MOST_BYTES + 1), JSON, 413),
    ],
)
async def test_what_is_no_review_is_refused(
    tmp_path: Path, content: bytes, headers: dict[str, str], status: int
) -> None:
    """By the status that says why, in words; and it is counted."""
    async with serving(tmp_path) as live, api_server(live) as client:
        answer = await client.post("/validate", content=content, headers=headers)
        metrics = (await live.http.get("/metrics")).text
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]
    assert f'galley_validation_http_error{{status="{status}"}} 1.0' in metrics


async def test_a_body_that_does_not_say_its_size_is_cut_off_as_well(tmp_path: Path) -> None:
    """What counts is what comes."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * 65_536
            await asyncio.sleep(0)

    async with serving(tmp_path) as live, api_server(live) as client:
        with contextlib.suppress(httpx.TransportError):  # the connection may end before all is sent
            answer = await client.post("/validate", content=endless(), headers=JSON)
            assert answer.status_code == 413
        assert (await ask(client, review(document(GATEWAY), document(GATEWAY))))["allowed"]


async def test_other_paths_and_methods_are_not_there(tmp_path: Path) -> None:
    """Nothing else answers on this address, documentation of frameworks included."""
    async with serving(tmp_path) as live, api_server(live) as client:
        statuses = [(await client.get(path)).status_code for path in ("/", "/docs", "/openapi.json", "/api/v1/status")]
        assert statuses == [404] * 4
        assert (await client.get("/validate")).status_code == 405
        assert (await client.get("/ready")).text == "ready\n"
        assert (await client.post("/validate/elsewhere", json={})).status_code == 404


@pytest.mark.parametrize("depth", [40, 60, 120, 400, 600])
async def test_an_object_may_be_as_deep_as_it_likes(tmp_path: Path, depth: int) -> None:
    """It is judged or refused, and the server lives."""
    tree = document(ROUTE)
    tree["spec"]["http"][0]["deep"] = "HERE"
    deep = b'{"a":[' * depth + b"1" + b"]}" * depth
    async with serving(tmp_path) as live, api_server(live) as client:
        for old, allowed in ((None, False), (tree, True)):
            content = orjson.dumps(review(tree, old)).replace(b'"HERE"', deep)
            answer = await client.post("/validate", content=content, headers=JSON)
            assert answer.status_code in {200, 400}, answer.text
            if answer.status_code == 200:
                assert answer.json()["response"]["allowed"] is allowed
                assert "levels deep" in answer.text or "`deep`" in answer.text
        assert (await ask(client, review(document(ENTRY), document(ENTRY))))["allowed"]


async def test_a_large_object_does_not_hold_up_a_small_one(tmp_path: Path) -> None:
    """Several of nearly 3 MB are read while small ones are answered."""
    large = document(ROUTE)
    large["spec"]["http"] *= 30_000
    content = orjson.dumps(review(large))
    assert 1_000_000 < len(content) < body.MOST_BYTES
    async with serving(tmp_path) as live, api_server(live) as client, asyncio.TaskGroup() as tasks:
        small = review(document(ENTRY), document(ENTRY))
        assert (await ask(client, small))["allowed"]  # the first question of all makes what the others need
        first = [tasks.create_task(client.post("/validate", content=content, headers=JSON)) for _ in range(4)]
        await asyncio.sleep(0)
        assert (await ask(client, small))["allowed"]
        assert not all(one.done() for one in first)


async def test_slow_clients_are_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who never shakes hands, never sends a head, or never ends a body; a second here, more in life."""
    monkeypatch.setattr("galley.app.webhook.door.HEAD_SECONDS", 0.5)
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(body.BodyReader.__init__, "__defaults__", (body.MOST_BYTES, 0.5))
    async with serving(tmp_path) as live:
        host, _, port = live.addresses["webhook"].rpartition(":")
        plain, idle = await asyncio.open_connection(host, int(port))
        head, writer = await asyncio.open_connection(host, int(port), ssl=trust(live), server_hostname="localhost")
        writer.write(b"POST /validate HTTP/1.1\r\nhost: localhost\r\n")
        slow, sender = await asyncio.open_connection(host, int(port), ssl=trust(live), server_hostname="localhost")
        sender.write(
            b"POST /validate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"
        )
        async with asyncio.timeout(5):
            assert await _to_the_end(plain) == b""
            assert await _to_the_end(head) == b""
            assert b"408" in (await _to_the_end(slow)).splitlines()[0]
        for one in (idle, writer, sender):
            one.close()


async def test_more_clients_than_there_is_room_for(tmp_path: Path) -> None:
    """Those who say nothing make room for those who ask; whoever was answered before stays."""
    async with serving(tmp_path, most_connections=8) as live, api_server(live) as known:
        good = review(document(ENTRY), document(ENTRY))
        assert (await ask(known, good))["allowed"]
        host, _, port = live.addresses["webhook"].rpartition(":")
        silent = [await asyncio.open_connection(host, int(port)) for _ in range(40)]
        for _ in range(3):
            async with api_server(live) as client:
                assert (await ask(client, good))["allowed"]
        assert (await ask(known, good))["allowed"]
        for _, writer in silent:
            writer.close()


async def test_valid_requests_are_answered_in_a_flood(tmp_path: Path) -> None:
    """Garbage as fast as it can be sent, for two seconds."""
    async with serving(tmp_path, most_connections=64) as live:
        slowest, memory = await _flooded(live, 2.0)
    assert slowest < 10
    assert memory < 100 * 1024 * 1024


@pytest.mark.soak
async def test_valid_requests_are_answered_in_a_long_flood(tmp_path: Path) -> None:
    """Ten minutes of it: memory ends where it was after the first."""
    async with serving(tmp_path) as live:
        await _flooded(live, 60.0)
        slowest, memory = await _flooded(live, 540.0)
    assert slowest < 10
    assert memory < 50 * 1024 * 1024


async def _flooded(live: Live, seconds: float) -> tuple[float, int]:
    """Return the slowest valid answer in a flood, and the bytes of memory that it cost."""
    stop = asyncio.Event()
    attacks: tuple[Callable[[Live, asyncio.Event], Awaitable[None]], ...] = (_noise, _garbage, _large, _silence)
    before = _resident()
    slowest = 0.0
    async with asyncio.TaskGroup() as tasks, api_server(live) as client:
        for attack in attacks * 6:
            tasks.create_task(_again_and_again(attack, live, stop))
        end = time.monotonic() + seconds
        answered = 0
        while time.monotonic() < end or not answered:
            begun = time.monotonic()
            answer = await ask(client, review(document(ENTRY), document(ENTRY)))
            slowest = max(slowest, time.monotonic() - begun)
            answered += answer["allowed"]
            await asyncio.sleep(0.02)
        stop.set()
    return slowest, _resident() - before


async def _again_and_again(
    attack: Callable[[Live, asyncio.Event], Awaitable[None]], live: Live, stop: asyncio.Event
) -> None:
    while not stop.is_set():
        with contextlib.suppress(OSError, EOFError):
            await attack(live, stop)
        await asyncio.sleep(0)


async def _noise(live: Live, stop: asyncio.Event) -> None:
    """No TLS at all."""
    del stop
    host, _, port = live.addresses["webhook"].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(random.randbytes(2_000))
        await _to_the_end(reader)
    finally:
        writer.close()


async def _garbage(live: Live, stop: asyncio.Event) -> None:
    """TLS, and then reviews that are none, one after the other."""
    async with _secure(live) as (reader, writer):
        for _ in range(20):
            garbage = b'{"kind": "AdmissionReview", "request": ' + random.randbytes(200).hex().encode()
            writer.write(_head(len(garbage)) + garbage)
            await writer.drain()
            if stop.is_set() or not await reader.read(65_536):
                return


async def _large(live: Live, stop: asyncio.Event) -> None:
    """Bodies just within what is allowed, of an object that must be read to the end."""
    del stop
    async with _secure(live) as (reader, writer):
        writer.write(_head(body.MOST_BYTES) + b"[" * body.MOST_BYTES)
        await writer.drain()
        await reader.read(65_536)


async def _silence(live: Live, stop: asyncio.Event) -> None:
    """A request that never ends."""
    async with _secure(live) as (reader, writer):
        writer.write(_head(1_000) + b"{")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(3):
                await _first(reader, stop)


async def _first(reader: asyncio.StreamReader, stop: asyncio.Event) -> None:
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.read(1)
            return


@contextlib.asynccontextmanager
async def _secure(live: Live) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = live.addresses["webhook"].rpartition(":")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def _to_the_end(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except OSError:
        return b""


def _head(length: int) -> bytes:
    words = f"POST /validate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    return words.encode()


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")
