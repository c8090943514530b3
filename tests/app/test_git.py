"""A server that follows a repository: commits become revisions that can be waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from galley.app.control import commits
from tests.app.commands import entry
from tests.app.live import running
from tests.sources.git.repository import AUTHOR, Repository

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from galley.app.api.answers import Waited
    from galley.sources.contract import Source
    from pipeline.engines.embedded import EmbeddedEngine
    from tests.app.live import Live


def settings(world: Repository, **fields: object) -> dict[str, object]:
    """Return settings that follow a repository, and nothing else."""
    return {"git": {"repositories": [{"url": str(world.root), **fields}]}}


async def wait(live: Live, commit: str, seconds: float = 10.0) -> dict[str, object]:
    """Return what waiting for a commit ends with."""
    answer: dict[str, object] = await live.get("/api/v1/wait", commit=commit, timeout=seconds)
    return answer


async def test_a_commit_is_a_revision_with_its_author(tmp_path: Path) -> None:
    """It can be waited for by its id or how that begins; the history names it, and who wrote it."""
    world = Repository(tmp_path)
    (tmp_path / "server").mkdir()
    first = world.commit({"a.yaml": entry("a", 1)}, "First words")
    async with running(tmp_path / "server", **settings(world)) as live:
        assert (await wait(live, first))["revision"] == 1
        second = world.commit({"a.yaml": entry("a", 2)}, "Second words")
        answer = await wait(live, second[:10])
        assert (answer["revision"], answer["done"]) == (2, True)
        newest, oldest = await live.get("/api/v1/revisions")
        assert (newest["commit"], oldest["commit"]) == (second, first)
        assert newest["author"] == AUTHOR
        (source,) = [one for one in await live.get("/api/v1/sources") if one["kind"] == "git"]
        assert source["detail"] == f"main {second}"


async def test_a_commit_without_effect_can_be_waited_for(tmp_path: Path) -> None:
    """It has no revision of its own; it is live where the newest is. One that never comes is waited for in vain."""
    world = Repository(tmp_path)
    (tmp_path / "server").mkdir()
    world.commit({"a.yaml": entry("a", 1)})
    async with running(tmp_path / "server", **settings(world)) as live:
        await live.revision(1)
        commit = world.commit({"README.md": "Hello."})
        answer = await wait(live, commit)
        assert (answer["revision"], answer["done"]) == (1, True)
        answer = await wait(live, 40 * "1", 0.3)
        assert (answer["done"], answer["final"]) == (False, False)


async def test_a_commit_with_an_error_is_not_live(tmp_path: Path) -> None:
    """Whether the rest of it applies or not, waiting for it ends at once and says where the error is."""
    for all_or_nothing, serving in ((False, 2), (True, 1)):
        root = tmp_path / str(all_or_nothing)
        (root / "server").mkdir(parents=True)
        world = Repository(root)
        world.commit({"a.yaml": entry("a", 1), "b.yaml": entry("b", 1)})
        async with running(root / "server", **settings(world, all_or_nothing=all_or_nothing)) as live:
            await live.revision(1)
            commit = world.commit({"a.yaml": "a: [", "b.yaml": entry("b", 2)})
            answer = await wait(live, commit)
            assert (answer["done"], answer["final"]) == (False, True)
            assert "a.yaml:2" in str(answer["message"])
            assert (await live.get("/api/v1/status"))["revision"] == serving
            mended = world.commit({"a.yaml": entry("a", 3)})
            answer = await wait(live, mended)
            assert (answer["done"], answer["revision"]) == (True, serving + 1)


async def test_a_commit_that_the_guard_holds_is_not_live(tmp_path: Path) -> None:
    """What is live everywhere is what was before; waiting ends at once, with what lets the commit through."""
    world = Repository(tmp_path)
    (tmp_path / "server").mkdir()
    world.commit({f"{name}.yaml": entry(name, 1) for name in "abc"})
    async with running(tmp_path / "server", **settings(world), guard={"count": 1}) as live:
        await live.revision(1)
        commit = world.commit({"b.yaml": None, "c.yaml": None})
        answer = await wait(live, commit)
        assert (answer["done"], answer["final"]) == (False, True)
        assert "galley confirm 2" in str(answer["message"])
        assert (await live.post("/api/v1/revisions/2/confirm")).status_code == 200
        answer = await wait(live, commit)
        assert (answer["done"], answer["revision"]) == (True, 2)


async def test_waiting_in_vain_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mesh and its history are gone through once, and again only where something has come."""
    looks: list[str] = []

    async def counted(engine: EmbeddedEngine, sources: Sequence[Source], commit: str) -> int | Waited | None:
        looks.append(commit)
        return await look(engine, sources, commit)

    look = commits.revision_with
    monkeypatch.setattr(commits, "revision_with", counted)
    world = Repository(tmp_path)
    (tmp_path / "server").mkdir()
    world.commit({"a.yaml": entry("a", 1)})
    async with running(tmp_path / "server", **settings(world)) as live:
        await live.revision(1)
        answer = await wait(live, 40 * "1", 1.5)
        assert (answer["done"], len(looks)) == (False, 1)
