"""`HostileRegistry`: a server with one service, `a`, as each registry would tell it, until it turns hostile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import orjson

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Misdeed: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""What is done to whoever asks, in the place of an answer."""


class HostileRegistry:
    """Answers as Consul, Nomad and Marathon do; with a misdeed, does that instead to everybody whom `whom` names."""

    def __init__(self) -> None:
        self.url = ""
        self.value = 1
        self.index = 10
        self.requests = 0
        self.heads: list[str] = []
        self._misdeed: Misdeed | None = None
        self._whom = ""
        self._turned = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def turn(self, misdeed: Misdeed | None, whom: str = "") -> None:
        """Turn hostile, towards all who ask for a path that starts so; or friendly again, with another value."""
        self._misdeed, self._whom = misdeed, whom
        self.value += misdeed is None
        self.index += 1
        turned, self._turned = self._turned, asyncio.Event()
        turned.set()

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one request."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.requests += 1
                self.heads.append(head)
                await self._serve(head.split(" ")[1], writer)
                await writer.drain()
        finally:
            self._tasks.discard(task)
            writer.close()

    def stop(self) -> None:
        """End what is under way."""
        for task in self._tasks:
            task.cancel()

    async def _serve(self, target: str, writer: asyncio.StreamWriter) -> None:
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if path in {"/v1/event/stream", "/v2/events"} and not self._hits(path):
            await self._stream(path, writer)
            return
        if query.get("index") == [str(self.index)]:
            await self._turned.wait()
        if (misdeed := self._hits(path)) is not None:
            await misdeed(writer)
            return
        body, headers = self._answer(path), f"X-Consul-Index: {self.index}\r\nX-Nomad-Index: {self.index}\r\n"
        writer.write(answer(orjson.dumps(body), headers=headers))

    async def _stream(self, path: str, writer: asyncio.StreamWriter) -> None:
        nomad = path == "/v1/event/stream"
        kind = "application/json" if nomad else "text/event-stream"
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode())
        about = {
            "Index": self.index,
            "Events": [{"Payload": {"Service": {"ServiceName": "a", "Namespace": "default"}}}],
        }
        writer.write(b"{}\n" if nomad else b"\r\n")
        await writer.drain()
        while (misdeed := self._hits(path)) is None:
            turned = self._turned
            writer.write(orjson.dumps(about) + b"\n" if nomad else b'data: {"appId": "/a"}\r\n\r\n')
            while not turned.is_set():
                writer.write(b"{}\n" if nomad else b"\r\n")
                await writer.drain()
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await turned.wait()
        await misdeed(writer)

    def _hits(self, path: str) -> Misdeed | None:
        return self._misdeed if path.startswith(self._whom) else None

    def _answer(self, path: str) -> Any:  # noqa: ANN401  JSON
        app = {"id": "/a", "labels": {"value": str(self.value)}, "portDefinitions": [{"port": 10_001}]}
        app |= {"tasks": [{"id": "a.1", "host": "10.0.0.1", "ports": [31_001]}]}
        service = {"ID": "a", "Service": "a", "Port": 80, "Tags": [f"value|{self.value}"]}
        registration = {"ID": "a.1", "ServiceName": "a", "Address": "10.0.0.1", "Port": 80}
        return {
            "/v1/catalog/services": {"a": []},
            "/v1/health/service/a": [{"Node": {"Node": "n", "Address": "10.0.0.1"}, "Service": service}],
            "/v1/services": [{"Namespace": "default", "Services": [{"ServiceName": "a", "Tags": []}]}],
            "/v1/service/a": [registration | {"Tags": [f"value={self.value}"]}],
            "/v2/apps": {"apps": [app]},
            "/v2/apps/a": {"app": app},
        }[path]


def answer(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    """An answer, whole."""
    return f"HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@asynccontextmanager
async def hostile_registry() -> AsyncIterator[HostileRegistry]:
    """One that is friendly at first."""
    made = HostileRegistry()
    server = await asyncio.start_server(made.enter, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        made.stop()
