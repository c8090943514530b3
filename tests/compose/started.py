"""`Started`: a container that runs, for as long as the tests do: asked, told to end, ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.components import guardian

_PATIENCE: Final = 60.0


class Started:
    """A container, begun by a command of `tests.compose.container`; its output goes to a file."""

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        """Begin it, under a guardian that ends it when this process is gone."""
        self.log = log
        self._environment = dict(environment)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-S", guardian.__file__, signal.SIGKILL.name, *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=self._environment,
                start_new_session=True,
            )

    @property
    def first(self) -> int | None:
        """Process 1 of it, by the number that this machine knows it by; None before it is there, and after."""
        found = self._process.pid
        for _ in range(2):  # the guardian's child is `unshare`, whose child is process 1
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                children = Path(f"/proc/{found}/task/{found}/children").read_text().split()
                if children:
                    found = int(children[0])
                    continue
            return None
        return found

    @property
    def program(self) -> str:
        """The name of the program that is process 1; empty where there is none."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            return Path(f"/proc/{self.first}/comm").read_text().strip()
        return ""

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def run(self, *program: str) -> subprocess.CompletedProcess[str]:
        """Run a program in it, as `docker exec` would."""
        command = ["nsenter", f"--target={self.first}", "--all", "--root", "--wd", "--preserve-credentials", "--"]
        return subprocess.run(
            [*command, *program],
            env=self._environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        )

    def send(self, number: signal.Signals) -> None:
        """Send a signal to process 1."""
        assert self.first is not None, self.said()
        os.kill(self.first, number)

    def wait(self, seconds: float) -> int:
        """Wait until it has ended, and give the exit code of process 1."""
        return self._process.wait(seconds)

    def end(self) -> None:
        """End it, whatever its state."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def said(self) -> str:
        """The end of its output."""
        return self.log.read_text(errors="replace")[-3000:]
