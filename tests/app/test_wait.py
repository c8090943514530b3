"""`galley wait` says yes only of what is live: never of an older version of what it was asked for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from galley.app.control.waiting import key_named
from pipeline.model.key import Key
from tests.app.commands import entry, galley
from tests.app.live import running

if TYPE_CHECKING:
    from pathlib import Path


async def test_an_object_that_is_held_is_told_at_once(tmp_path: Path) -> None:
    """Its last good version is live everywhere, and yet the answer is no, with file, line and reason."""
    async with running(tmp_path) as live:
        (live.files / "a.yaml").write_text(entry("web"))
        await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
        assert (await live.get("/api/v1/wait", kind="ServiceEntry", object="default/web"))["done"]
        (live.files / "a.yaml").write_text(entry("web").replace("resolution", "resolutoin"))
        await live.until("/api/v1/status", lambda status: bool(status["held"]))
        answer = await live.get("/api/v1/wait", kind="se", object="web", timeout=20)
        assert (answer["done"], answer["final"]) == (False, True)
        assert "a.yaml:9: GLY0101" in answer["message"]
        ran = await asyncio.to_thread(galley, "wait", "se", "web", "--server", live.addresses["admin"])
        assert ran.code == 1
        assert "still served as of revision" in ran.out


async def test_an_object_that_the_guard_holds_is_told_at_once(tmp_path: Path) -> None:
    """A change that is in the revision that is held back is not live, though what was before it is."""
    async with running(tmp_path, guard={"count": 1}) as live:
        for name in "abc":
            (live.files / f"{name}.yaml").write_text(entry(name))
        await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 3)
        for name in "bc":
            (live.files / f"{name}.yaml").unlink()
        guard = (await live.until("/api/v1/status", lambda status: status["guard"]))["guard"]
        answer = await live.get("/api/v1/wait", kind="ServiceEntry", object="b", timeout=20)
        assert (answer["done"], answer["final"]) == (False, True)
        assert f"galley confirm {guard['revision']}" in answer["message"]
        assert (await live.get("/api/v1/wait", kind="ServiceEntry", object="a"))["done"]


async def test_an_object_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    """Whoever waits before the file is there hears of the revision that brings it; without it, exit code 1."""
    async with running(tmp_path) as live, asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(live.get("/api/v1/wait", kind="ServiceEntry", object="web", timeout=15))
        none = await live.get("/api/v1/wait", kind="ServiceEntry", object="none", timeout=0)
        assert (none["done"], none["final"]) == (False, False)
        (live.files / "a.yaml").write_text(entry("web"))
        assert (await asked)["done"]
        flags = ("--timeout", "0s", "--server", live.addresses["admin"])
        ran = await asyncio.to_thread(galley, "wait", "ServiceEntry", "none", *flags)
        assert ran.code == 1


def test_a_commit_is_named_by_its_id() -> None:
    """What only a repository could resolve is told at once, with the command that does."""
    ran = galley("wait", "--commit", "HEAD", "--server", "127.0.0.1:1")
    assert (ran.code, "galley wait --commit $(git rev-parse HEAD)" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("kind", "name", "key"),
    [
        ("VirtualService", "a/b", Key("VirtualService", "a", "b")),
        ("vs", "b", Key("VirtualService", "default", "b")),
        ("destinationrules", "a/b", Key("DestinationRule", "a", "b")),
        ("Namespace", "b", Key("Namespace", "", "b")),
        ("RateLimit", "b", Key("RateLimit", "default", "b")),
    ],
)
def test_kinds_are_named_as_kubectl_takes_them(kind: str, name: str, key: Key) -> None:
    """The kind in any case, its plural or its short name; a name alone is in `default`."""
    assert key_named(kind, name) == key
