"""`Process`: a program under a guardian (`tests.components.guardian`), with its output in a file; and free ports."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Protocol, TypeVar

_GUARDIAN: Final = Path(__file__).with_name("guardian.py")
_GIVEN: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_COMMON: Final = 32_768
_PATIENCE: Final = 45.0
_TRIES: Final = 3


class NotReadyError(Exception):
    """A component did not come up; the message ends with the last lines of its log."""


def free_port() -> int:
    """Return a loopback port that nobody has; somebody may take it before it is used, so starting is tried again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def lasting_port() -> int:
    """Return a free loopback port that no outgoing connection is given: whoever stops listening there finds it free.

    Clients that try and try again to connect to a port of the common range are in the end given that very port.
    """
    first = int(_GIVEN.read_text().split()[0]) if _GIVEN.exists() else _COMMON
    while True:
        port = random.randrange(first // 2, first)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Process:
    """One program, started by `start`, ended by `stop`; safe from any thread, one call at a time."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        ending: signal.Signals = signal.SIGTERM,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Take the command and the file of its output."""
        self._command = list(command)
        self._log = log
        self._ending = ending
        self._environment = environment
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        assert self._running is None
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-S", str(_GUARDIAN), self._ending.name, *self._command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )

    def stop(self) -> None:
        """End it, and wait until it has ended; nothing happens where it does not run."""
        running, self._running = self._running, None
        if running is not None:
            assert running.stdin is not None
            running.stdin.close()
            running.wait()

    def kill(self) -> None:
        """Kill the program itself, as a crash would, and wait until it has ended."""
        for child in self._children():
            os.kill(child, signal.SIGKILL)
        self.stop()

    @property
    def pid(self) -> int:
        """The program itself."""
        return self._children()[0]

    def _children(self) -> list[int]:
        assert self._running is not None
        children = Path(f"/proc/{self._running.pid}/task/{self._running.pid}/children").read_text()
        return [int(child) for child in children.split()]

    def wait(self, ready: Callable[[], bool]) -> None:
        """Wait until a function gives true; raise NotReadyError when the program ends before, or takes too long."""
        assert self._running is not None
        end = time.monotonic() + _PATIENCE
        while not ready():
            if self._running.poll() is not None or time.monotonic() > end:
                tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-8:])
                msg = f"{Path(self._command[0]).name} is not ready; its log ends with\n{tail}"
                raise NotReadyError(msg)
            time.sleep(0.05)


class Startable(Protocol):
    """What starts, waits until it is ready, and stops."""

    def start(self) -> None:
        """Start, and wait; raise NotReadyError."""

    def stop(self) -> None:
        """End it, whatever its state."""


S = TypeVar("S", bound=Startable)


@contextmanager
def running(make: Callable[[Path], S], folder: Path) -> Iterator[S]:
    """Start what `make` makes in a fresh folder; again, on other ports, where somebody took one of them meanwhile."""
    for attempt in range(1, _TRIES + 1):
        made = make(folder.with_name(f"{folder.name}-{attempt}"))
        try:
            try:
                made.start()
            except NotReadyError:
                if attempt == _TRIES:
                    raise
                continue
            yield made
            return
        finally:
            made.stop()
