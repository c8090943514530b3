"""`Door`: a way to a server that can be shut: who comes then is turned away, and who is inside is thrown out.

It is a program of its own (`door.py PORT`, told `shut` and `open` on its input), so that its tasks and descriptors are
not taken for those of a source.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Door:
    """The way to a port of this machine, open at first."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self._program = program
        self.url = f"http://127.0.0.1:{self._answer()}"

    def shut(self) -> None:
        """Shut it."""
        self._tell("shut")

    def open(self) -> None:
        """Open it again."""
        self._tell("open")

    def _tell(self, word: str) -> None:
        assert self._program.stdin is not None
        self._program.stdin.write(word + "\n")
        self._program.stdin.flush()
        assert self._answer() == word

    def _answer(self) -> str:
        assert self._program.stdout is not None
        return self._program.stdout.readline().strip()


@contextmanager
def door(to: int) -> Iterator[Door]:
    """A door to a port; it ends with us, whatever our end is."""
    command = [sys.executable, "-S", __file__, str(to)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        yield Door(program)


class _Forwarder:
    def __init__(self, to: int) -> None:
        self.shut = False
        self._to = to
        self._inside: set[asyncio.StreamWriter] = set()

    def throw_out(self) -> None:
        for writer in list(self._inside):
            writer.transport.abort()

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.shut:
            writer.transport.abort()
            return
        back, forth = await asyncio.open_connection("127.0.0.1", self._to)
        both = {writer, forth}
        self._inside |= both
        await asyncio.gather(_pass(reader, forth), _pass(back, writer))
        self._inside -= both


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _main(to: int) -> None:
    forwarder = _Forwarder(to)
    server = await asyncio.start_server(forwarder.enter, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
        forwarder.shut = word == "shut"
        if forwarder.shut:
            forwarder.throw_out()
        sys.stdout.write(word + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
