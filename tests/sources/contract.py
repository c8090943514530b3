"""The suite that every source passes: `class TestMine(SourceContract)` with a fixture `world`.

A `World` is the outside that a source reads, at the smallest that every kind of source has: places (a file, an object
in a cluster), each with one object of a name and a value.
"""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.log.contract import LogUnusable
from pipeline.model.change import Deleted, Synced, Upserted
from tests.sources.listener import Listener, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from galley.sources.contract import Source
    from pipeline.model.batch import Batch


class World(ABC):
    """What a source reads, and how a test changes it."""

    line = 7
    """The line of the first host of an object; 1 where a world has no text."""

    objects = 1
    """The objects that a source makes of one of the world's."""

    def said(self, batch: Batch) -> list[str]:
        """Return a batch's changes in words, one for each of the world's objects."""
        return said(batch)

    def names(self, listener: Listener) -> set[str]:
        """Return the names of the world's objects that are served."""
        return listener.names()

    def value_of(self, listener: Listener, name: str) -> str:
        """Return what is served of the object of a name."""
        return value_of(listener, name)

    def value(self, value: int) -> str:
        """Return what `value_of` gives for a value."""
        return f"./h{value}"

    @abstractmethod
    def source(self) -> Source:
        """Return a fresh source that reads this world, always of the same name."""

    @abstractmethod
    def change(self, objects: Mapping[str, int | None]) -> None:
        """Give the objects of these names these values, all together; None removes one."""

    @abstractmethod
    def spoil(self, name: str) -> None:
        """Make the place of an object unreadable, so that nobody can tell what it says."""

    @abstractmethod
    def lose(self) -> None:
        """Put the whole world out of reach."""

    @abstractmethod
    def find(self) -> None:
        """Put it into reach again."""


def document(name: str, value: int) -> str:
    """Return an object as a document."""
    return (
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata:\n"
        f"  name: {name}\nspec:\n  egress:\n  - hosts: [./h{value}]\n"
    )


class SourceContract:
    """What is true of every source."""

    async def test_it_says_everything_and_then_that_it_did(self, world: World) -> None:
        """All objects come before or with `Synced`, which comes once and last."""
        world.change({"a": 1, "b": 2, "c": 3})
        listener = Listener()
        async with listener.running(world.source()):
            words = await until_synced(listener, world)
            assert sorted(words[:-1]) == ["+a", "+b", "+c"]
            assert words.count(".") == 1
            await listener.quiet()

    async def test_an_empty_world_is_said_too(self, world: World) -> None:
        """With nothing to say, it says so."""
        listener = Listener()
        async with listener.running(world.source()):
            assert world.said(await listener.next()) == ["."]

    async def test_a_batch_says_whence_when_and_why(self, world: World) -> None:
        """A batch has its source's name, its time and a trace of its own; an object its place and its line."""
        world.change({"a": 1})
        source, listener = world.source(), Listener()
        async with listener.running(source):
            first = await listener.next()
            world.change({"a": 2})
            second = await listener.next()
        for batch in (first, second):
            assert batch.source == source.name
            assert batch.cause.at > 0
        assert first.cause.trace
        assert first.cause.trace != second.cause.trace
        change = second.changes[0]
        assert isinstance(change, Upserted)
        origin = change.resource.origin_of("spec.egress[0].hosts")
        assert (origin.source, origin.line) == (source.name, world.line)

    async def test_a_change_is_one_batch(self, world: World) -> None:
        """What is as it was is not said again."""
        world.change({"a": 1, "b": 2})
        listener = Listener()
        async with listener.running(world.source()):
            await until_synced(listener, world)
            world.change({"b": 3})
            assert world.said(await listener.next()) == ["+b"]
            await listener.quiet()

    async def test_what_changes_together_comes_together(self, world: World) -> None:
        """One batch holds all of it: what is new, what is different, what is gone."""
        world.change(dict.fromkeys("abcdefghij", 1))
        listener = Listener()
        async with listener.running(world.source()):
            await until_synced(listener, world)
            world.change({"a": 2, "b": 2, "c": None, "v": 1, "w": 1})
            assert sorted(world.said(await listener.next())) == ["+a", "+b", "+v", "+w", "-c"]
            await listener.quiet()

    async def test_a_deletion_is_said(self, world: World) -> None:
        """An object that is gone is said to be, with its place."""
        world.change({"a": 1, "b": 2})
        source, listener = world.source(), Listener()
        async with listener.running(source):
            await until_synced(listener, world)
            world.change({"a": None})
            changes = (await listener.next()).changes
            assert len(changes) == world.objects
            for change in changes:
                assert isinstance(change, Deleted)
                assert change.origin.source == source.name
            assert world.names(listener) == {"b"}

    async def test_a_restart_repeats_nothing(self, world: World) -> None:
        """Told what it said before, a new run says only that it is synced."""
        world.change({"a": 1, "b": 2})
        listener = Listener()
        async with listener.running(world.source()):
            await until_synced(listener, world)
        async with listener.running(world.source()):
            assert await until_synced(listener, world) == ["."]
            await listener.quiet()

    async def test_a_restart_says_what_happened_meanwhile(self, world: World) -> None:
        """What was changed, added and removed while it was down is said before `Synced`."""
        world.change({"a": 1, "b": 2, "c": 3})
        listener = Listener()
        async with listener.running(world.source()):
            await until_synced(listener, world)
        world.change({"a": 2, "b": None, "d": 4})
        async with listener.running(world.source()):
            assert sorted(await until_synced(listener, world)) == ["+a", "+d", "-b", "."]
        assert world.names(listener) == {"a", "c", "d"}

    async def test_what_cannot_be_read_is_held_and_then_mended(self, world: World) -> None:
        """A fault deletes nothing; when it is gone, that is said together with what is new."""
        world.change({"a": 1, "b": 2})
        listener = Listener()
        async with listener.running(world.source()):
            await until_synced(listener, world)
            world.spoil("a")
            batch = await listener.next()
            assert [word[0] for word in world.said(batch)] == ["!"]
            assert world.names(listener) == {"a", "b"}
            world.change({"b": 3})
            assert world.said(await listener.next()) == ["+b"]
            world.change({"a": 4})
            assert sorted(word[0] for word in world.said(await listener.next())) == ["+", "="]
            assert not listener.state.faults

    async def test_a_fault_outlives_a_restart(self, world: World) -> None:
        """It is not said twice, and what was mended while the source was down is said to be."""
        world.change({"a": 1})
        listener = Listener()
        async with listener.running(world.source()):
            await until_synced(listener, world)
            world.spoil("a")
            await listener.next()
        async with listener.running(world.source()):
            assert await until_synced(listener, world) == ["."]
        world.change({"a": 1})
        async with listener.running(world.source()):
            assert [word[0] for word in await until_synced(listener, world)] == ["=", "."]
        assert not listener.state.faults
        assert world.names(listener) == {"a"}

    async def test_a_fault_is_gone_with_its_place(self, world: World) -> None:
        """Removing what cannot be read removes its objects, and nothing is left to complain about."""
        world.change({"a": 1, "b": 2})
        listener = Listener()
        async with listener.running(world.source()):
            await until_synced(listener, world)
            world.spoil("a")
            await listener.next()
            world.change({"a": None})
            assert sorted(word[0] for word in world.said(await listener.next())) == ["-", "="]
            assert not listener.state.faults
            assert world.names(listener) == {"b"}

    async def test_a_lost_world_keeps_its_objects(self, world: World) -> None:
        """Out of reach is not gone: nothing is deleted, the status says so, and it comes back by itself."""
        world.change({"a": 1, "b": 2})
        source, listener = world.source(), Listener()
        async with listener.running(source):
            await until_synced(listener, world)
            world.lose()
            await eventually(lambda: bool(source.status.errors) and source.status.lost)
            assert world.names(listener) == {"a", "b"}
            world.find()
            world.change({"a": 3})
            await eventually(lambda: not source.status.errors and not source.status.lost)
            await eventually(lambda: world.value_of(listener, "a") == world.value(3))
            assert world.names(listener) == {"a", "b"}
            assert not listener.state.faults

    async def test_a_world_that_is_lost_from_the_start_is_waited_for(self, world: World) -> None:
        """It is not called synced before it was seen."""
        world.change({"a": 1})
        world.lose()
        source, listener = world.source(), Listener()
        async with listener.running(source):
            await eventually(lambda: bool(source.status.errors))
            assert not source.status.synced
            world.find()
            assert (await until_synced(listener, world))[-2:] == ["+a", "."] or "a" in world.names(listener)

    async def test_batches_come_one_after_the_other(self, world: World) -> None:
        """What changes while a batch is being taken comes after it, as it is by then."""
        world.change({"a": 1})
        listener = Listener()
        async with listener.running(world.source()):
            await until_synced(listener, world)
            listener.gate.clear()
            world.change({"a": 2})
            assert world.said(await listener.next()) == ["+a"]
            world.change({"a": 3})
            world.change({"b": 1})
            await listener.quiet()
            listener.gate.set()
            await eventually(
                lambda: world.value_of(listener, "a") == world.value(3) and world.names(listener) == {"a", "b"}
            )

    async def test_status_tells_how_it_is(self, world: World) -> None:
        """Objects are counted, and the time of the last look is known once it is synced."""
        world.change({"a": 1, "b": 2})
        source, listener = world.source(), Listener()
        async with listener.running(source):
            await until_synced(listener, world)
            await eventually(lambda: source.status.synced and source.status.objects == 2 * world.objects)
            assert source.status.last_sync > 0
            assert source.status.errors == []
            world.change({"a": None})
            await listener.next()
            await eventually(lambda: source.status.objects == world.objects)

    async def test_what_emitting_fails_with_ends_the_run_as_it_is(self, world: World) -> None:
        """So that whoever runs the source waits for a log that takes nothing, and not for the source."""
        world.change({"a": 1})

        async def emit(batch: Batch) -> None:
            raise LogUnusable(f"the disk is full for {batch.source}")

        source = world.source()
        with pytest.raises(LogUnusable, match=f"the disk is full for {source.name}"):
            await source.run({}, emit)

    async def test_cancelling_leaves_nothing_behind(self, world: World) -> None:
        """No task, thread or descriptor outlives a run, whether it was at rest, at work, or waiting to be heard."""
        world.change({"a": 1})
        await asyncio.to_thread(bool)
        tasks, descriptors = len(asyncio.all_tasks()), _descriptors()
        threads = set(threading.enumerate())
        for wait in (False, True):
            source, listener = world.source(), Listener()
            async with listener.running(source):
                if wait:
                    await until_synced(listener, world)
                    listener.gate.clear()
                    world.change({"a": 2})
                    await listener.next()
        assert len(asyncio.all_tasks()) == tasks
        assert {thread for thread in threading.enumerate() if not thread.name.startswith("asyncio")} <= threads
        assert _descriptors() == descriptors


def _descriptors() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


async def until_synced(listener: Listener, world: World | None = None) -> list[str]:
    """Return all words up to and with `Synced`."""
    words: list[str] = []
    while True:
        batch: Batch = await listener.next()
        words += world.said(batch) if world is not None else said(batch)
        if any(isinstance(change, Synced) for change in batch.changes):
            return words


async def eventually(true: object, seconds: float = 10.0) -> None:
    """Wait until a function gives true; nobody tells when."""
    assert callable(true)
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.005)


def value_of(listener: Listener, name: str) -> str:
    """Return the value of the object of a name."""
    (resource,) = [resource for key, resource in listener.state.mesh.items() if key.name == name]
    tree: dict[str, object] = resource.tree()
    return str(tree["spec"]["egress"][0]["hosts"][0])  # type: ignore[index]
