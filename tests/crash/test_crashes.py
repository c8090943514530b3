"""Killed at any moment, again and again: nothing that was acknowledged is lost, and no number is used twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from pipeline.log.failpoints import NAMES
from pipeline.log.sqlite import SqliteLog
from pipeline.model.revision import mesh_digest
from pipeline.stages.rows import restore
from tests.crash.script import LENGTH, expected, seen

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[2]
_KILLED = -signal.SIGKILL
_OUTSIDE = "from outside"


class Nursery:
    """Starts lives, one after the other, in a process that has everything imported."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.crash.nursery"]
        self._process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def live(self, folder: Path, failpoint: str = "", kill_after: float = 0.0) -> int:
        """Run one life; return how it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"folder": str(folder), "failpoint": failpoint, "kill_after": kill_after}
        self._process.stdin.write(orjson.dumps(order) + b"\n")
        self._process.stdin.flush()
        status: int = orjson.loads(self._process.stdout.readline())["status"]
        return status

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    """A nursery, ended after the test."""
    process = Nursery()
    yield process
    process.close()


@pytest.mark.crash
def test_a_hundred_crashes(nursery: Nursery, tmp_path: Path) -> None:
    """A hundred lives end at every failpoint and at random moments; the law holds after each."""
    crash(nursery, tmp_path, int(os.environ.get("CRASH_RUNS", "100")))


@pytest.mark.soak
def test_a_thousand_crashes(nursery: Nursery, tmp_path: Path) -> None:
    """The same, ten times as long."""
    crash(nursery, tmp_path, int(os.environ.get("CRASH_RUNS", "1000")))


def crash(nursery: Nursery, folder: Path, runs: int) -> None:
    """Crash so many times, over as many scripts as that takes; every failpoint must have been met."""
    seed = int(os.environ.get("CRASH_SEED", "1"))
    choice = random.Random(seed)
    ends: Counter[str] = Counter()
    number = 0
    while sum(ends.values()) < runs:
        number += 1
        here = folder / str(number)
        here.mkdir()
        finished = False
        while not finished and sum(ends.values()) < runs:
            name, status = _one_life(nursery, here, choice)
            assert status in {0, _KILLED}, f"seed {seed}, script {number}: a life ended with {status}"
            finished = status == 0
            if not finished:
                ends[name] += 1
            check(here, f"seed {seed}, script {number}, killed at {name}")
        assert nursery.live(here) == 0
        check(here, f"seed {seed}, script {number}, to its end")
    assert set(ends) == {*NAMES, _OUTSIDE}, ends


def _one_life(nursery: Nursery, folder: Path, choice: random.Random) -> tuple[str, int]:
    name = choice.choice((*NAMES, _OUTSIDE))
    if name == _OUTSIDE:
        return name, nursery.live(folder, kill_after=choice.uniform(0.005, 0.08))
    return name, nursery.live(folder, failpoint=f"{name}:{choice.randint(1, 6)}")


def check(folder: Path, when: str) -> None:
    """Hold what the log has to what was told to anybody, in all lives so far."""
    ledger = [orjson.loads(line) for line in _lines(folder / "ledger")]
    meshes = expected()
    acknowledged = said = 0
    digests: dict[int, str] = {}
    for line in ledger:
        match line["what"]:
            case "acknowledged":
                acknowledged = max(acknowledged, line["number"])
            case "said":
                said = max(said, line["upto"])
            case "recovered":
                assert acknowledged <= line["seen"] <= said, f"{when}: {line} after {acknowledged}"
                assert line["digest"] == meshes[line["seen"]], f"{when}: {line}"
            case "published":
                known = digests.setdefault(line["revision"], line["digest"])
                assert known == line["digest"], f"{when}: revision {line['revision']} had two contents"
                assert line["revision"] >= max(digests), f"{when}: {line} after {max(digests)}"
            case "finished":
                assert line["digest"] == meshes[LENGTH], f"{when}: {line}"
            case other:
                raise AssertionError(other)
    _check_log(folder, acknowledged, digests, when)


def _check_log(folder: Path, acknowledged: int, digests: dict[int, str], when: str) -> None:
    """Hold the log itself to the same, on a copy, so that the crash's traces stay for the next life."""
    log = SqliteLog(_copy(folder))
    found = log.recover()
    state = restore(found.tables, found.sequence, found.revision)
    assert acknowledged <= seen(state), when
    if state.revision is not None:
        assert state.revision.digest == mesh_digest(state.mesh.values()) == expected()[seen(state)], when
        assert state.revision.number >= max(digests, default=0), when
    for revision in log.history(100):
        assert digests.get(revision.number, revision.digest) == revision.digest, when
        content = log.content(revision.number)
        assert content is not None, when
        bodies = [log.body(digest) for digest in content.values()]
        assert mesh_digest(body for body in bodies if body is not None) == revision.digest, when
    sequences = [entry.sequence for entry in log.entries(0, 1_000)]
    assert sequences[-3:] == list(range(found.sequence, 0, -1))[:3][::-1], when
    log.close()


def _copy(folder: Path) -> Path:
    copy = folder / "copy"
    copy.mkdir(exist_ok=True)
    for name in ("galley.db", "galley.db-wal"):
        (copy / name).unlink(missing_ok=True)
        if (folder / name).exists():
            (copy / name).write_bytes((folder / name).read_bytes())
    return copy / "galley.db"


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines() if path.exists() else []
