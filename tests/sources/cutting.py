"""`Cutting`: a TCP proxy of the tests' own, in a process of its own, that cuts connections when told to.

Run as a program it takes a target's port, says its own, and obeys the lines on its standard input: `cut` ends every
connection, `lose` refuses new ones too, `find` takes them again; each is answered once it is done. It ends with its
standard input. In a process of its own, so that a test can count its own descriptors, and block.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from pathlib import Path

_WORDS = ("cut", "lose", "find")


class Cutting:
    """The proxy, as a test drives it."""

    def __init__(self, target: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__)), str(target)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._answer())

    def cut(self) -> None:
        """End every connection."""
        self._tell("cut")

    def lose(self) -> None:
        """End every connection, and refuse new ones."""
        self._tell("lose")

    def find(self) -> None:
        """Take connections again."""
        self._tell("find")

    def close(self) -> None:
        """End the proxy."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def _tell(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        assert self._answer() == word

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


class _Proxy:
    """The proxy itself."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def find(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def lose(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.cut()

    async def cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, there}
        await asyncio.gather(self._pump(reader, there), self._pump(there_reader, writer))
        self._writers -= {writer, there}

    @staticmethod
    async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        writer.close()


async def _main() -> None:
    proxy = _Proxy(int(sys.argv[1]))
    await proxy.find()
    sys.stdout.write(f"{proxy.port}\n")
    sys.stdout.flush()
    while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
        assert word in _WORDS
        await getattr(proxy, word)()
        sys.stdout.write(f"{word}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_main())
