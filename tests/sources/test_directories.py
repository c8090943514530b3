"""What people and programs do to directories, seen through the files source."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from galley.sources.files import FilesSource
from pipeline.model.change import Deleted, Faulted, Upserted
from tests.sources.contract import document, eventually, until_synced, value_of
from tests.sources.directory import Directory
from tests.sources.listener import Listener, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


@asynccontextmanager
async def following(world: Directory) -> AsyncIterator[Listener]:
    """Follow a directory, once everything was said."""
    listener = Listener()
    async with listener.running(world.source()):
        await until_synced(listener)
        yield listener


@pytest.fixture
def world(tmp_path: Path) -> Directory:
    """A directory with two files."""
    made = Directory(tmp_path / "drop")
    made.change({"a": 1, "b": 1})
    return made


def vim(file: Path, text: str) -> None:
    """Save as vim does with `backup`: a probe, the old file renamed, a new one written, the backup removed."""
    probe, backup = file.with_name("4913"), file.with_name(file.name + "~")
    probe.touch()
    probe.unlink()
    file.rename(backup)
    with file.open("w") as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())
    backup.unlink()


def emacs(file: Path, text: str) -> None:
    """Save as emacs does: a lock that is a dangling link, a temporary file, a rename over the old one."""
    lock, new = file.with_name(f".#{file.name}"), file.with_name(f"#{file.name}#")
    lock.symlink_to("somebody@somewhere.1:2")
    new.write_text(text)
    new.rename(file)
    lock.unlink()


def code(file: Path, text: str) -> None:
    """Save as VS Code does: in place, truncated and written."""
    with file.open("w") as written:
        written.write(text)


def rename_over(file: Path, text: str) -> None:
    """Save as careful programs do, with a temporary file that ends as the others."""
    new = file.with_name("new.yaml")
    new.write_text(text)
    new.replace(file)


def rsync(file: Path, text: str) -> None:
    """Save as rsync does: a hidden file, its times set back, a rename."""
    new = file.with_name(f".{file.name}.Xy12z")
    new.write_text(text)
    os.utime(new, (1_000_000_000, 1_000_000_000))
    new.rename(file)


def in_pieces(file: Path, text: str) -> None:
    """Save piece by piece."""
    with file.open("w") as written:
        for piece in text.splitlines(keepends=True):
            written.write(piece)
            written.flush()


@pytest.mark.parametrize("save", [vim, emacs, code, rename_over, rsync, in_pieces])
async def test_however_a_file_is_saved_it_is_one_change(world: Directory, save: Callable[[Path, str], None]) -> None:
    """No fault, no deletion and nothing of temporary files is ever said."""
    async with following(world) as listener:
        for value in (2, 3):
            save(world.root / "a.yaml", document("a", value))
            assert said(await listener.next()) == ["+a"]
            assert value_of(listener, "a") == f"./h{value}"
        await listener.quiet()


async def test_a_file_that_is_copied_slowly_is_waited_for(world: Directory) -> None:
    """Half of it does not parse, and objects at its end are missing: neither is said while it is written."""
    text = "---\n".join(document(name, 2) for name in ("a", "c", "d"))
    world.write("a.yaml", *(document(name, 1) for name in ("a", "c", "d")))
    async with following(world) as listener:
        with (world.root / "a.yaml").open("w") as copy:
            for begin in range(0, len(text), 60):
                copy.write(text[begin : begin + 60])
                copy.flush()
                await asyncio.sleep(0.03)
        assert said(await listener.next()) == ["+a", "+c", "+d"]


async def test_a_file_that_nobody_closes_is_read_but_deletes_nothing(world: Directory) -> None:
    """What it says so far is taken after a while; what it may still say is not taken for gone."""
    world.write("a.yaml", document("a", 1), document("c", 1))
    async with following(world) as listener:
        with (world.root / "a.yaml").open("w") as copy:
            copy.write(document("a", 2))
            copy.flush()
            await listener.quiet(1.2)
            assert listener.names() == {"a", "b", "c"}
        assert said(await listener.next()) == ["+a", "-c"]


async def test_a_broken_file_is_reported_though_nothing_follows(world: Directory) -> None:
    """Also while somebody has it open; with its line; and nothing is deleted."""
    async with following(world) as listener:
        with (world.root / "a.yaml").open("w") as broken:
            broken.write("a: 1\nb: [\n")
            broken.flush()
            batch = await listener.next()
        (change,) = batch.changes
        assert isinstance(change, Faulted)
        assert (change.origin.file, change.origin.line) == ("a.yaml", 3)
        assert listener.names() == {"a", "b"}


async def test_a_file_that_is_mended_at_once_was_never_broken(world: Directory) -> None:
    """A document that does not parse yet is looked at again before it is reported."""
    async with following(world) as listener:
        world.spoil("a")
        await asyncio.sleep(0.1)
        world.change({"a": 2})
        assert said(await listener.next()) == ["+a"]
        await listener.quiet()


async def test_a_broken_file_keeps_no_other_waiting(world: Directory) -> None:
    """While one is looked at again, the others go on."""
    async with following(world) as listener:
        world.spoil("a")
        world.change({"b": 2})
        assert said(await listener.next()) == ["+b"]
        assert said(await listener.next()) == ["!a.yaml"]


async def test_an_unknown_document_holds_what_is_missing(world: Directory) -> None:
    """One document lost its name: the objects that the file had and no longer has stay, the others are taken."""
    world.write("c.yaml", document("c", 1), document("d", 1), document("e", 1))
    async with following(world) as listener:
        nameless = document("d", 2).replace("  name: d\n", "  labels: {}\n")
        world.write("c.yaml", document("c", 2), nameless)
        assert said(await listener.next()) == ["+c", "!c.yaml"]
        assert listener.names() == {"a", "b", "c", "d", "e"}
        world.write("c.yaml", document("c", 2), document("d", 2))
        assert said(await listener.next()) == ["+d", "-e", "=c.yaml"]


async def test_an_empty_file_has_no_objects(world: Directory) -> None:
    """It is believed after a moment."""
    async with following(world) as listener:
        world.write("a.yaml", "")
        assert said(await listener.next()) == ["-a"]
        world.write("a.yaml", document("a", 1))
        assert said(await listener.next()) == ["+a"]


async def test_an_object_that_moves_between_files_moves_in_one_batch(world: Directory) -> None:
    """Whichever of the two files is written first."""
    async with following(world) as listener:
        world.write("a.yaml", "# moved\n")
        world.write("c.yaml", document("a", 1))
        assert sorted(said(await listener.next())) == ["+a", "-a"]
        world.write("a.yaml", document("a", 1))
        (world.root / "c.yaml").unlink()
        assert sorted(said(await listener.next())) == ["+a", "-a"]
        assert listener.names() == {"a", "b"}


async def test_a_renamed_file_is_one_batch(world: Directory) -> None:
    """The object leaves one place and is at the other."""
    async with following(world) as listener:
        (world.root / "a.yaml").rename(world.root / "z.yaml")
        assert sorted(said(await listener.next())) == ["+a", "-a"]
        await listener.quiet()


async def test_moved_lines_are_said(world: Directory) -> None:
    """The object is the same; its origin is not."""
    async with following(world) as listener:
        world.write("a.yaml", "# comment\n" + document("a", 1))
        (change,) = (await listener.next()).changes
        assert isinstance(change, Upserted)
        assert change.resource.origin.line == 2


async def test_touching_says_nothing(world: Directory) -> None:
    """Times, permissions and a save without a change are no change."""
    async with following(world) as listener:
        os.utime(world.root / "a.yaml")
        (world.root / "b.yaml").chmod(0o600)
        world.change({"a": 1})
        await listener.quiet()


async def test_the_same_object_twice_in_a_file_is_held_with_both_lines(world: Directory) -> None:
    """It is an error of the object."""
    async with following(world) as listener:
        world.write("a.yaml", document("a", 2), document("a", 3))
        (change,) = (await listener.next()).changes
        assert isinstance(change, Upserted)
        (twice,) = change.diagnostics
        assert (twice.code, twice.origin.line, twice.related[0].origin.line) == ("GLY0017", 9, 1)
        assert value_of(listener, "a") == "./h1"


async def test_the_same_object_in_two_files_is_claimed_twice(world: Directory) -> None:
    """The stages decide and report; when one lets go, the other has it."""
    async with following(world) as listener:
        world.write("c.yaml", document("a", 9))
        await listener.next()
        assert [key.name for key in listener.state.contested] == ["a"]
        (world.root / "a.yaml").unlink()
        await listener.next()
        assert not listener.state.contested
        assert value_of(listener, "a") == "./h9"


class ConfigMap:
    """A directory that is written as the kubelet writes a ConfigMap: a directory a version, swapped by one rename."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        self._root = root
        self._version = 0

    def write(self, files: dict[str, str]) -> None:
        """Swap in a new version."""
        old, self._version = self._version, self._version + 1
        new = self._root / f"..2024_01_31_12_00_00.{self._version}"
        new.mkdir()
        for name, text in files.items():
            (new / name).write_text(text)
        (self._root / "..data_tmp").symlink_to(new.name)
        (self._root / "..data_tmp").rename(self._root / "..data")
        for name in files:
            if not (self._root / name).is_symlink():
                (self._root / name).symlink_to(f"..data/{name}")
        for link in self._root.glob("*.yaml"):
            if link.name not in files:
                link.unlink()
        shutil.rmtree(self._root / f"..2024_01_31_12_00_00.{old}", ignore_errors=True)


async def test_a_config_map_changes_as_a_whole(tmp_path: Path) -> None:
    """Every version is one batch, without a gap and without a fault."""
    mount = ConfigMap(tmp_path / "mount")
    mount.write({"a.yaml": document("a", 1), "b.yaml": document("b", 1)})
    listener = Listener()
    async with listener.running(FilesSource(tmp_path / "mount")):
        assert sorted(await until_synced(listener)) == ["+a", "+b", "."]
        mount.write({"a.yaml": document("a", 2), "b.yaml": document("b", 2)})
        assert said(await listener.next()) == ["+a", "+b"]
        mount.write({"a.yaml": document("a", 3), "c.yaml": document("b", 3)})
        assert sorted(said(await listener.next())) == ["+a", "+b", "-b"]
        await listener.quiet()
        assert value_of(listener, "b") == "./h3"


async def test_directories_come_and_go(world: Directory) -> None:
    """What is in a new one is read, however quickly it is filled; what was in one that is removed is gone."""
    async with following(world) as listener:
        world.write("team/deep/c.yaml", document("c", 1))
        assert said(await listener.next()) == ["+c"]
        world.write("team/deep/c.yaml", document("c", 2))
        assert said(await listener.next()) == ["+c"]
        (world.root / "team").rename(world.root / "crew")
        assert sorted(said(await listener.next())) == ["+c", "-c"]
        world.write("crew/deep/c.yaml", document("c", 3))
        assert said(await listener.next()) == ["+c"]
        world.write("team/deep/d.yaml", document("d", 1))
        assert said(await listener.next()) == ["+d"]
        shutil.rmtree(world.root / "crew")
        assert said(await listener.next()) == ["-c"]


async def test_a_copied_tree_is_one_batch(world: Directory, tmp_path: Path) -> None:
    """Many files in several directories, in one go."""
    for number in range(40):
        (tmp_path / "tree" / str(number % 4)).mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / str(number % 4) / f"{number}.yaml").write_text(document(f"n{number}", 1))
    async with following(world) as listener:
        await asyncio.to_thread(shutil.copytree, tmp_path / "tree", world.root / "tree")
        assert len((await listener.next()).changes) == 40


async def test_a_directory_that_is_removed_with_everything_in_it_keeps_its_objects(world: Directory) -> None:
    """A root that is gone is lost, not empty, also where its files went first."""
    async with following(world) as listener:
        shutil.rmtree(world.root)
        assert said(await listener.next()) == ["!."]
        assert listener.names() == {"a", "b"}
        world.root.mkdir()
        world.change({"a": 1, "b": 2})
        await eventually(lambda: value_of(listener, "b") == "./h2" and not listener.state.faults)
        assert listener.names() == {"a", "b"}


async def test_a_root_that_is_a_link_may_be_swapped(tmp_path: Path) -> None:
    """As deployments do: the new directory is read at once, as one batch, and then followed."""
    old, new = Directory(tmp_path / "v1"), Directory(tmp_path / "v2")
    old.change({"a": 1, "b": 1})
    new.change({"a": 2, "c": 1})
    (tmp_path / "current").symlink_to("v1")
    listener = Listener()
    async with listener.running(FilesSource(tmp_path / "current")):
        await until_synced(listener)
        (tmp_path / "next").symlink_to("v2")
        (tmp_path / "next").rename(tmp_path / "current")
        assert sorted(said(await listener.next())) == ["+a", "+c", "-b"]
        new.change({"c": 2})
        assert said(await listener.next()) == ["+c"]


async def test_what_cannot_be_read_is_a_fault_of_its_own(world: Directory, tmp_path: Path) -> None:
    """A link that leads out, a FIFO: what the file said before stays."""
    (tmp_path / "secret.yaml").write_text(document("secret", 1))
    async with following(world) as listener:
        (world.root / "a.yaml").unlink()
        (world.root / "a.yaml").symlink_to("../secret.yaml")
        (change,) = (await listener.next()).changes
        assert isinstance(change, Faulted)
        assert [(one.code, one.severity) for one in change.diagnostics] == [("GLY0024", "warning")]
        assert listener.names() == {"a", "b"}
        (world.root / "b.yaml").unlink()
        os.mkfifo(world.root / "b.yaml")
        assert said(await listener.next()) == ["!b.yaml"]
        assert listener.names() == {"a", "b"}


async def test_thousands_of_files(tmp_path: Path) -> None:
    """All are read, a change among them is one change, and a flood of changes leads to what lies there."""
    world = Directory(tmp_path / "drop")
    for number in range(2000):
        world.write(f"{number % 20}/{number}.yaml", document(f"n{number}", 1))
    async with following(world) as listener:
        assert len(listener.names()) == 2000
        world.write("3/3.yaml", document("n3", 2))
        assert said(await listener.next()) == ["+n3"]
        for number in range(0, 2000, 2):
            world.write(f"{number % 20}/{number}.yaml", document(f"n{number}", 3))
        for number in range(1, 2000, 200):
            (world.root / f"{number % 20}/{number}.yaml").unlink()
        await eventually(lambda: len(listener.names()) == 1990)
        await eventually(lambda: all(value_of(listener, f"n{number}") == "./h3" for number in (0, 998, 1998)))


async def test_a_deletion_says_whose_place_it_was(world: Directory) -> None:
    """Its origin is the file."""
    async with following(world) as listener:
        world.change({"a": None})
        (change,) = (await listener.next()).changes
        assert isinstance(change, Deleted)
        assert change.origin.place == ("files", "a.yaml")
