"""`Objects`: reads objects of a repository by their ids, through one `git cat-file --batch` that stays.

An object that is larger than is wanted is not read: the process is ended and another one started.
"""

from __future__ import annotations

import asyncio
import re
from asyncio.subprocess import PIPE
from typing import TYPE_CHECKING, Final, NamedTuple, Self, TypeAlias

from galley.sources.git.git_error import GitError
from galley.sources.git.program import end

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from galley.sources.git.program import Program

_AT_ONCE: Final = 200
"""Questions that are asked before the answers are read: they must fit into a pipe."""

_SECONDS: Final = 30.0
"""What so many answers may take."""

_ID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?\Z")
_TOGETHER: Final = 64 << 20
"""Bytes of objects that are in memory together, and one more object."""


class Found(NamedTuple):
    """An object: `blob`, `tree`, `commit` or `tag`, and its content."""

    kind: str
    data: bytes


class TooLarge(NamedTuple):
    """An object of so many bytes was not read."""

    size: int


Object: TypeAlias = "Found | TooLarge | None"
"""What is under an id; None: nothing."""


class Objects:
    """The objects of one repository. Use it as an asynchronous context; `restart` lets go of old packs."""

    def __init__(self, program: Program, repository: Path) -> None:
        """Take the repository's git directory; nothing is started before something is asked for."""
        self._program = program
        self._repository = repository
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        """Begin with nothing running."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        await self.restart()

    async def restart(self) -> None:
        """End the process; the next question starts another."""
        process, self._process = self._process, None
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            await end(process)

    async def one(self, oid: str, most: int) -> Object:
        """Return an object; see `some`."""
        (found,) = await self.some((oid,), most)
        return found

    async def some(self, oids: Sequence[str], most: int) -> list[Object]:
        """Return the objects of the first of these ids (full, hexadecimal), each of at most so many bytes.

        They are at least one, and as many as may be in memory together. Raise `GitError`.
        """
        for oid in oids[:_AT_ONCE]:
            if not _ID.match(oid):
                raise GitError(f"{oid!r} is no object's id")
        whole = False
        try:
            async with asyncio.timeout(_SECONDS):
                answers = await self._ask(oids[:_AT_ONCE], most)
            whole = len(answers) == len(oids[:_AT_ONCE])
        except TimeoutError as error:
            raise GitError(f"git did not give an object within {_SECONDS:g} s") from error
        except (OSError, asyncio.IncompleteReadError) as error:
            raise GitError("git ended while it was reading an object; the repository may be damaged") from error
        finally:
            if not whole:
                await self.restart()
        return answers

    async def _ask(self, oids: Sequence[str], most: int) -> list[Object]:
        """Ask all, and return the answers up to where they are too much."""
        process = await self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(f"{oid}\n" for oid in oids).encode())
        answers: list[Object] = []
        left = _TOGETHER
        for oid in oids:
            answer = await _answer(process.stdout, oid, most)
            answers.append(answer)
            if isinstance(answer, TooLarge):
                break
            left -= len(answer.data) if answer is not None else 0
            if left < 0:
                break
        return answers

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            await self.restart()
            self._process = await self._program.start(
                f"--git-dir={self._repository}", "cat-file", "--batch", stdin=PIPE
            )
        return self._process


async def _answer(stream: asyncio.StreamReader, oid: str, most: int) -> Object:
    """Read the answer to one question."""
    line = await stream.readuntil(b"\n")
    words = line.decode("ascii", "replace").split()
    if words[1:] == ["missing"]:
        return None
    if len(words) != 3 or words[0] != oid:  # noqa: PLR2004  id, kind, size
        raise GitError(f"git answered in a way that is not understood: {' '.join(words)[:80]}")
    size = int(words[2])
    if size > most:
        return TooLarge(size)
    data = await stream.readexactly(size + 1)
    return Found(words[1], data[:-1])
