"""The image, run: read-only but for its volume, without rights, as process 1, by the Dockerfile's own words."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.compose.composition import FOLDER
from tests.compose.container import Bind
from tests.compose.dockerfile import stages
from tests.compose.image import Image, builder, run
from tests.compose.started import Started

pytestmark = pytest.mark.soak

PATIENCE = 30.0
LOCK = "src/requirements/image.lock"
GRACE = 10.0  # seconds that Docker gives a container to end


def until_begun(started: Started, image: Image) -> None:
    """Wait until process 1 is the image's, and not what prepares its place."""
    init, *_ = image.final.form("ENTRYPOINT")
    while started.program != init:
        assert started.alive, started.said()


def until_healthy(started: Started, image: Image) -> None:
    """Wait until the image's own health check says so."""
    until_begun(started, image)
    last = time.monotonic() + PATIENCE
    while started.run(*image.healthcheck).returncode:
        assert started.alive, started.said()
        assert time.monotonic() < last, started.said()


def stop(started: Started, image: Image) -> int:
    """Send what a runtime sends, and give the exit code; it must end before the runtime loses patience."""
    started.send(signal.Signals[image.final.one("STOPSIGNAL")])
    return started.wait(GRACE)


@contextmanager
def running(image: Image, folder: Path) -> Iterator[Started]:
    """Run the image's command in a container, with its state in `folder/data`."""
    (folder / "data").mkdir(mode=0o700)
    binds = (
        Bind(source=folder / "data", target="/var/lib/galley", writable=True),
        Bind(source=FOLDER / "mesh", target="/etc/galley/mesh"),
    )
    container = image.container(folder / "root", *binds)
    command = container.command(*image.program(image.final.form("CMD")))
    started = Started(command, folder / "log", image.environment)
    try:
        yield started
    finally:
        started.end()


def test_it_serves_where_it_may_write_nothing(image: Image, tmp_path: Path) -> None:
    """As a user without rights; its state goes to the volume, all else is read-only. Told to end, it drains."""
    with running(image, tmp_path) as found:
        until_healthy(found, image)
        status = json.loads(found.run("galley", "status", "-o", "json").stdout)
        assert (status["revision"], status["held"]) == (1, [])
        said = found.run("sh", "-c", "id -u; grep -h CapEff /proc/[0-9]*/status; touch /etc/x /opt/galley/x")
        assert set(said.stdout.split()) == {"10001", "CapEff:", "0" * 16}
        assert said.stderr.count("Read-only file system") == 2
        assert (tmp_path / "data/galley.db").exists()
        assert stop(found, image) == 0
    assert "server.draining" in found.said()


def test_nothing_dead_stays(image: Image, tmp_path: Path) -> None:
    """Whoever loses its parent is collected by process 1."""
    with running(image, tmp_path) as found:
        until_healthy(found, image)
        for _ in range(5):
            found.run("sh", "-c", "(exec sh -c true &) &")
        states = found.run("sh", "-c", "cut -d ' ' -f 2,3 /proc/[0-9]*/stat").stdout.splitlines()
        assert "(dumb-init) S" in states
        assert not [state for state in states if state.endswith(" Z")]


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.6, 1.0])
def test_it_ends_when_it_is_told_to_while_it_starts(image: Image, tmp_path: Path, seconds: float) -> None:
    """Before it listens for that, too: a runtime that changes its mind does not have to kill it."""
    with running(image, tmp_path) as found:
        until_begun(found, image)
        time.sleep(seconds)  # nothing tells that an interpreter is half way through its imports
        assert stop(found, image) in {0, 128 + signal.SIGTERM}


def test_every_extra_is_there(image: Image, tmp_path: Path) -> None:
    """What they need can be imported, and the program's packages come from the image."""
    container = image.container(tmp_path / "root")
    names = "aiokafka, faust, kafka, kubernetes_asyncio, rocksdict, galley.app.server"
    command = container.command("python", "-c", f"import {names}; print(galley.__file__)")
    done = subprocess.run(command, env=image.environment, check=False, capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout.startswith("/opt/galley/lib/"), done.stderr


def test_faust_needs_no_wheel(image: Image) -> None:
    """Where it has none, as for Linux on ARM, a wheel is made of its sources, without a compiler."""
    [step] = [text for text in stages()[1].all("RUN") if "image.lock" in text]
    *_, wheels = step.split(" && ")
    [pinned] = re.findall(r"^faust-streaming==.*(?:\n +--hash.*)+", (image.built / LOCK).read_text(), re.MULTILINE)
    (image.built / "src/faust.lock").write_text(pinned.rstrip("\\"))
    here = wheels.replace("/src/requirements/image.lock", "/src/faust.lock --no-binary=:all:")
    run(builder(image.built), here.replace("/wheels", "/arm"), CC="/bin/false")
    assert [path.name.split("-")[2:] for path in (image.built / "arm").iterdir()] == [["py3", "none", "any.whl"]]
