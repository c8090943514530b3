"""What a test started ends with the test, and with a test runner that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.components.building import COMPONENTS, build
from tests.components.cached import BuildError
from tests.components.process import NotReadyError, Process, free_port, running

_RUNNER = """
import sys, time
from pathlib import Path
from tests.components.process import Process
process = Process([sys.executable, "-c", sys.argv[1]], Path(sys.argv[2]))
process.start()
time.sleep(60)
"""
_SLEEPER = """
import os, time
print(os.getpid(), flush=True)
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def until(true: Callable[[], object]) -> None:
    """Wait until a function gives something."""
    while not true():
        time.sleep(0.02)


def test_what_runs_is_stopped(tmp_path: Path) -> None:
    """By its own signal; stopping twice is stopping once."""
    log = tmp_path / "log"
    process = Process([sys.executable, "-c", _SLEEPER], log)
    process.start()
    process.wait(lambda: log.read_text() != "")
    process.stop()
    process.stop()
    assert not is_alive(int(log.read_text()))


def test_a_killed_runner_leaves_nothing_behind(tmp_path: Path) -> None:
    """Though it had no time to stop anything."""
    log = tmp_path / "log"
    with subprocess.Popen([sys.executable, "-c", _RUNNER, _SLEEPER, str(log)], cwd=Path.cwd()) as runner:
        until(lambda: log.exists() and log.read_text())
        pid = int(log.read_text())
        assert is_alive(pid)
        os.kill(runner.pid, signal.SIGKILL)
    until(lambda: not is_alive(pid))


def test_what_ends_at_once_is_not_ready(tmp_path: Path) -> None:
    """The end of its log says why, and it is tried on other ports before that is believed."""
    tries: list[int] = []

    class Broken(Process):
        def start(self) -> None:
            tries.append(free_port())
            super().start()
            self.wait(lambda: False)

    def make(folder: Path) -> Broken:
        folder.mkdir()
        return Broken([sys.executable, "-c", "raise SystemExit('no such port')"], folder / "log")

    with pytest.raises(NotReadyError, match="no such port"), running(make, tmp_path / "broken"):
        pass
    assert len(tries) == 3


def test_without_go_one_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, and by name."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GALLEY_COMPONENTS", str(tmp_path))
    with pytest.raises(BuildError, match=r"install Go 1\.26"):
        build(COMPONENTS["consul"], lambda _: None)
