"""The files source: the contract of every source, with and without events."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, NoReturn

import pytest

from galley.sources.watch import ObserverWatch
from tests.sources.contract import SourceContract, World, eventually, until_synced, value_of
from tests.sources.directory import Directory
from tests.sources.listener import Listener, said

if TYPE_CHECKING:
    from pathlib import Path

    from galley.sources.watch import Directories, Tell


class TestFiles(SourceContract):
    """The contract, with the platform's own events."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        """A directory of files."""
        return Directory(tmp_path / "drop")


class TestFilesByObserver(SourceContract):
    """The contract, with the events of watchdog's portable observer."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        """A directory of files."""
        return Directory(tmp_path / "drop", ObserverWatch)


def exhausted(root: Path, tell: Tell) -> NoReturn:
    """Refuse to watch, as the operating system does at its limit."""
    del root, tell
    raise OSError(errno.ENOSPC, "inotify watch limit reached")


class Sleeper:
    """A watch whose thread ends after the directory was covered, and that never tells anything."""

    began = 0

    def __init__(self, root: Path, tell: Tell) -> None:
        del root, tell
        self.alive = True
        Sleeper.began += 1

    def cover(self, directories: Directories) -> bool:
        """See `Watch`."""
        del directories
        self.alive = False
        return False

    def close(self) -> None:
        """See `Watch`."""


async def test_a_watch_that_has_died_is_replaced(tmp_path: Path) -> None:
    """Its silence is not taken for peace: within a second or so everything is looked at."""
    world = Directory(tmp_path / "drop", Sleeper)
    world.change({"a": 1})
    listener = Listener()
    async with listener.running(world.source()):
        await until_synced(listener)
        world.change({"a": 2})
        assert said(await listener.next()) == ["+a"]
    assert Sleeper.began > 1


async def test_without_events_it_looks_by_itself_and_says_so(tmp_path: Path) -> None:
    """At the limit of watches changes still arrive, and the status tells why they take longer."""
    world = Directory(tmp_path / "drop", exhausted)
    world.change({"a": 1})
    source, listener = world.source(), Listener()
    async with listener.running(source):
        assert await until_synced(listener) == ["+a", "."]
        await eventually(lambda: any("inotify watch limit reached" in error for error in source.status.errors))
        world.change({"a": 2, "b": 1})
        await eventually(lambda: listener.names() == {"a", "b"} and value_of(listener, "a") == "./h2")
        world.change({"b": None})
        await eventually(lambda: listener.names() == {"a"})
        world.spoil("a")
        assert [word[0] for word in said(await listener.next())] != []
        await eventually(lambda: bool(listener.state.faults))
        assert listener.names() == {"a"}
