"""`Program`: the `git` program, run with bounds on time, memory, what it writes and what it says.

A process and all that it starts are one process group, which is killed as one. The bounds on size are the operating
system's own (`ulimit`), set before git begins.
"""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from galley.sources.git.git_error import GitError
from galley.sources.git.plain import plain, scrubbed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MEMORY: Final = 4 << 20
"""KiB of address space that a process may take; packs are mapped into it."""

_SAID: Final = 64 * 1024
"""Bytes of standard error that are kept."""

OUTPUT: Final = 64 << 20
"""Bytes of standard output that are taken: the names of some 500,000 references."""

_LIMITED: Final = 'ulimit -c 0; ulimit -f "$1"; ulimit -v "$2" 2>/dev/null; shift 2; exec git "$@"'
"""A block of `ulimit -f` is 512 bytes (POSIX); some shells take 1,024."""

_SIGNALS: Final = (f"signal {int(signal.SIGXFSZ)}", "File too large")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How git is run: its environment, where, and the bounds. `secrets` never leave it in a message."""

    environment: Mapping[str, str]
    directory: Path
    seconds: float = 60.0
    file_bytes: int = 1 << 30
    secrets: tuple[str, ...] = ()

    async def start(self, *arguments: str, stdin: int = DEVNULL) -> Process:
        """Start git; whoever does must `end` it. Raise `GitError` where there is no such program."""
        limits = (str(self.file_bytes // 512), str(_MEMORY))
        try:
            return await asyncio.create_subprocess_exec(
                "/bin/sh",
                *("-c", _LIMITED, "git", *limits, *arguments),
                stdin=stdin,
                stdout=PIPE,
                stderr=PIPE if stdin == DEVNULL else DEVNULL,
                env=dict(self.environment),
                cwd=self.directory,
                start_new_session=True,
            )
        except OSError as error:
            raise GitError(f"git cannot be started: {error.strerror}") from error

    async def run(self, *arguments: str) -> bytes:
        """Return what git writes to standard output; raise `GitError`, in git's own words, where it fails."""
        process = await self.start(*arguments)
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            async with asyncio.timeout(self.seconds):
                output, said, code = await asyncio.gather(
                    _drain(process, process.stdout, OUTPUT), _drain(process, process.stderr, _SAID), process.wait()
                )
        except TimeoutError as error:
            raise GitError(f"git {arguments[0]} took longer than {self.seconds:g} s, and was stopped") from error
        finally:
            await end(process)
        if len(output) > OUTPUT:
            raise GitError(f"git {arguments[0]} said more than {OUTPUT} bytes, and was stopped")
        if code != 0:
            raise GitError(self._reason(said, code))
        return output

    def _reason(self, said: bytes, code: int) -> str:
        """Return why git failed, in one line."""
        text = scrubbed(said.decode("utf-8", "replace"), self.secrets)
        if code == -signal.SIGXFSZ or any(word in text for word in _SIGNALS):
            return f"the fetch brings more than {self.file_bytes} bytes (git.max_bytes), and was stopped"
        if code == _NOT_FOUND and "not found" in text:
            return "there is no program `git`; install it (2.32 or newer)"
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith(_POLITE)]
        # Where ssh fails, or a server explains itself, git's own last word says the least.
        wordy = any("Could not read from remote repository" in line for line in lines)
        told = [line for line in lines if wordy or line.startswith(("fatal:", "error:", "remote:"))]
        return plain("; ".join(dict.fromkeys(told or lines[-3:]))) or f"git ended with {code}"


_POLITE: Final = ("Please make sure you have the correct access rights", "and the repository exists.")

_NOT_FOUND: Final = 127
"""What a shell ends with where there is no such program."""


async def end(process: Process) -> None:
    """Kill a process that still runs, with all that it started, and wait for its end."""
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    # `wait` returns once the pipes are closed too; a pipe that is full, or that a grandchild holds, never would be.
    # To close the whole transport would ask for the process's end behind the back of who waits for it.
    transport = getattr(process, "_transport", None)
    pipes = [transport.get_pipe_transport(number) for number in range(3)] if transport is not None else []
    for pipe in pipes:
        if pipe is not None:
            pipe.close()
    await process.wait()
    if transport is not None:
        transport.close()


async def _drain(process: Process, stream: asyncio.StreamReader, most: int) -> bytes:
    """Return what a stream says, and a byte more than `most` where it says more; then the process is killed."""
    kept = bytearray()
    while chunk := await stream.read(1 << 16):
        if len(kept) <= most:
            kept += chunk[: most + 1 - len(kept)]
        if len(kept) > most and process.returncode is None and most == OUTPUT:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    return bytes(kept)
