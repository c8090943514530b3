"""Our copy of a repository, and the kinds of repositories that it can be of."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from galley.settings.git import GitRepository
from tests.sources.contract import document, eventually, until_synced, value_of
from tests.sources.git.repository import Repository, git
from tests.sources.listener import Listener, said

if TYPE_CHECKING:
    from typing import NoReturn

    from galley.sources.watch import Tell


@pytest.fixture
def world(tmp_path: Path) -> Repository:
    """A repository with a working tree."""
    return Repository(tmp_path)


async def test_only_what_changed_is_read(world: Repository) -> None:
    """A change of one file among many reads one blob and the directories above it."""
    world.commit({f"d{index % 20}/f{index}.yaml": document(f"f{index}", 1) for index in range(400)})
    listener = Listener()
    source = world.source()
    async with listener.running(source):
        await until_synced(listener)
        world.commit({"d3/f3.yaml": document("f3", 2)})
        assert said(await listener.next()) == ["+f3"]


async def test_a_lock_that_a_crash_left_is_removed(world: Repository) -> None:
    """A fetch that was killed at the worst moment keeps no later one out."""
    world.change({"a": 1})
    listener = Listener()
    async with listener.running(world.source()):
        await until_synced(listener)
    (copy,) = (path for path in world.home.iterdir() if path.is_dir())
    for name in ("shallow.lock", "refs/galley/tip.lock", "config.lock"):
        (copy / name).touch()
    world.change({"a": 2})
    async with listener.running(world.source()):
        await until_synced(listener)
        assert value_of(listener, "a") == "./h2"


@pytest.mark.parametrize("wound", ["objects", "truncated"])
async def test_a_copy_that_is_damaged_is_fetched_again(world: Repository, wound: str) -> None:
    """Our own copy is a cache: whatever happens to it, the repository still says what counts."""
    world.commit({f"{name}.yaml": document(name, 1) for name in "abc"})
    listener = Listener()
    async with listener.running(world.source()):
        await until_synced(listener)
    (copy,) = (path for path in world.home.iterdir() if path.is_dir())
    for pack in (copy / "objects" / "pack").iterdir():
        pack.chmod(0o600)
        if wound == "objects":
            pack.unlink()
        elif pack.suffix == ".pack":
            pack.write_bytes(pack.read_bytes()[:60])
    world.change({"a": 2})
    async with listener.running(world.source()):
        await until_synced(listener)
        assert value_of(listener, "a") == "./h2"
        assert listener.names() == {"a", "b", "c"}


async def test_packs_of_many_fetches_are_made_one(world: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy does not grow with every push."""
    monkeypatch.setattr("galley.sources.git.mirror._MOST_PACKS", 3)
    world.change({"a": 0})
    source, listener = world.source(), Listener()
    async with listener.running(source):
        await until_synced(listener)
        for value in range(1, 8):
            world.change({"a": value})
            assert said(await listener.next()) == ["+a"]
        (copy,) = (path for path in world.home.iterdir() if path.is_dir())
        assert len(list((copy / "objects" / "pack").glob("*.pack"))) <= 4
        assert not source.status.errors


async def test_a_hint_is_looked_at_at_once(world: Repository) -> None:
    """Without events and between two rescans, `hint` is how somebody says that something changed."""
    world.change({"a": 1})
    listener = Listener()
    source = world.source_of(f"file://{world.root}")
    assert isinstance(source.repository, GitRepository)
    async with listener.running(source):
        await until_synced(listener)
        world.change({"a": 2})
        source.hint()
        assert said(await listener.next()) == ["+a"]


async def test_sha256_repositories_work(tmp_path: Path) -> None:
    """The other object format of git's is read the same way."""
    world = Repository(tmp_path, object_format="sha256")
    commit = world.commit({"d/a.yaml": document("a", 1)})
    listener = Listener()
    async with listener.running(world.source()):
        batch = await listener.next()
    assert len(commit) == 64
    assert (batch.cause.commit, said(batch)) == (commit, ["+a", "."])


async def test_linked_and_bare_repositories_work(world: Repository) -> None:
    """A bare repository, one without its suffix, and a linked working tree are all repositories."""
    world.change({"a": 1})
    bare = world.root.with_name("bare.git")
    git(world.root, "clone", "--quiet", "--bare", str(world.root), str(bare))
    git(world.root, "worktree", "add", "--quiet", "-b", "linked", str(world.root.with_name("linked")))
    for path in (bare, bare.with_suffix(""), world.root.with_name("linked"), world.root / ".git"):
        listener = Listener()
        async with listener.running(world.source_of(str(path))):
            await until_synced(listener)
        assert listener.names() == {"a"}, path


async def test_without_events_a_change_is_seen_by_its_times(tmp_path: Path) -> None:
    """At the limit of watches a glance each second finds what moved, in packed references too."""
    world = Repository(tmp_path, exhausted)
    world.change({"a": 1})
    listener = Listener()
    async with listener.running(world.source()):
        await until_synced(listener)
        world.change({"a": 2})
        assert said(await listener.next()) == ["+a"]
        world.change({"a": 3})
        git(world.root, "pack-refs", "--all")
        assert said(await listener.next()) == ["+a"]


def exhausted(root: Path, tell: Tell) -> NoReturn:
    """Refuse to watch, as the operating system does at its limit."""
    del root, tell
    raise OSError(errno.ENOSPC, "inotify watch limit reached")


async def test_a_git_that_is_killed_costs_a_retry_and_nothing_else(world: Repository) -> None:
    """Whenever a process of git's ends by force, the objects in the end are those of the last commit."""
    world.commit({f"{name}.yaml": document(name, 0) for name in "abcdef"})
    chance = random.Random(7)
    source, listener = world.source(), Listener()
    async with listener.running(source):
        await until_synced(listener)
        for value in range(1, 16):
            world.change({name: value for name in "abcdef" if chance.random() < 0.5} | {"a": value})
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(chance.random() / 50)
                for child in git_children():
                    with suppress(ProcessLookupError):
                        os.kill(child, signal.SIGKILL)
        last = git(world.root, "rev-parse", "HEAD")
        await eventually(lambda: source.status.commit == last and not source.status.errors, 30)
    assert value_of(listener, "a") == "./h15"
    for name in "bcdef":
        assert value_of(listener, name) in (world.root / f"{name}.yaml").read_text()


def git_children() -> list[int]:
    """Return the processes named git that this process started itself."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                words = (entry / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
                if int(words[1]) == os.getpid() and (entry / "comm").read_text("ascii", "replace").startswith("git"):
                    found.append(int(entry.name))
    return found
