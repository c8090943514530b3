"""Services that say who they are: over HTTP what was asked, over TCP a word, over TLS a word too."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.envoy.certificates import Certificate

LOOPBACK = "127.0.0.1"


class Web:
    """An HTTP service. `/fail/N/ID` answers 503 to the first N requests with that ID; `/slow` waits until it goes.

    Everything else is answered with the service's name and what was asked, and counted in `seen`.
    """

    def __init__(self, name: str) -> None:
        """Name the service."""
        self.name = name
        self.port = 0
        self.seen: asyncio.Queue[str] = asyncio.Queue()
        self._tries: Counter[str] = Counter()
        self._writers: set[asyncio.StreamWriter] = set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of a connection."""
        self._writers.add(writer)
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                await self._one(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def close(self) -> None:
        """Close the connections that are still open."""
        for writer in list(self._writers):
            writer.close()
            await writer.wait_closed()

    async def _one(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = head.strip().split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        await reader.readexactly(int(headers.get("content-length", "0")))
        method, path, _ = first.split(" ")
        status = self._status(path)
        if path.startswith("/slow"):
            await reader.read()
            return
        self.seen.put_nowait(path)
        body = json.dumps({"name": self.name, "method": method, "path": path, "headers": headers}).encode()
        more = "x-secret: s\r\n" if path.startswith("/secret") else ""
        writer.write(f"HTTP/1.1 {status} X\r\n{more}content-length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()

    def _status(self, path: str) -> int:
        if not path.startswith("/fail/"):
            return 200
        self._tries[path] += 1
        return 503 if self._tries[path] <= int(path.split("/")[2]) else 200


@asynccontextmanager
async def web(name: str) -> AsyncIterator[Web]:
    """A running HTTP service."""
    service = Web(name)
    server = await asyncio.start_server(service.answer, LOOPBACK, 0)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
        await service.close()


@asynccontextmanager
async def speaker(word: str, certificate: Certificate | None = None, folder: Path | None = None) -> AsyncIterator[int]:
    """A service that says its word at once, before the client says anything, over TLS where it has a certificate."""

    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(word.encode())
        await writer.drain()
        writer.close()

    context = None
    if certificate is not None and folder is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate.write(folder, word))
    server = await asyncio.start_server(speak, LOOPBACK, 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def heard(port: int, *, name: str = "", trusted: Certificate | None = None) -> str:
    """What a service says; over TLS, asking for a server name, where there is a certificate to trust."""
    context = None
    if trusted is not None:
        context = ssl.create_default_context(cadata=trusted.certificate)
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(LOOPBACK, port, ssl=context, server_hostname=name or None)
        found = (await reader.read()).decode()
    writer.close()
    return found
