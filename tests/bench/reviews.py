"""A client that asks a webhook at a steady rate, over a few connections, as an API server does."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Sequence

import orjson

_CONNECTIONS = 16


class Asker:
    """Connections to one webhook; `asked` are the seconds that each answer took, from when it was due."""

    def __init__(self, address: str, context: ssl.SSLContext) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)
        self._context = context
        self._free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        self.asked: list[float] = []
        self.allowed = 0

    async def connect(self) -> None:
        """Open all connections."""
        for _ in range(_CONNECTIONS):
            pair = await asyncio.open_connection(self._host, self._port, ssl=self._context, server_hostname="localhost")
            self._free.put_nowait(pair)

    async def close(self) -> None:
        """Close all connections."""
        while not self._free.empty():
            _, writer = self._free.get_nowait()
            writer.close()

    async def steadily(self, bodies: Iterable[bytes], rate: float) -> None:
        """Ask so many times a second, whether or not the answers keep up."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        async with asyncio.TaskGroup() as tasks:
            for number, body in enumerate(bodies):
                due = begun + number / rate
                await asyncio.sleep(max(0.0, due - loop.time()))
                tasks.create_task(self._ask(body, due))

    async def _ask(self, body: bytes, due: float) -> None:
        reader, writer = await self._free.get()
        head = f"POST /validate HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n"
        writer.write(f"{head}content-type: application/json\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        content = orjson.loads(await reader.readexactly(length))
        self.asked.append(asyncio.get_running_loop().time() - due)
        self.allowed += content["response"]["allowed"]
        self._free.put_nowait((reader, writer))


def percentile(found: Sequence[float], share: float) -> float:
    """The value under which so many of all lie, in milliseconds."""
    return sorted(found)[min(len(found) - 1, int(share * len(found)))] * 1e3


def processor_seconds(pid: int) -> float:
    """How long a process has had a processor."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123  procfs
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
