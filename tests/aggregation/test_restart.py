"""A restart with other sources: removed, renamed, re-ordered, out of reach; and sources that come back empty."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from galley.app.cannot_start import CannotStart
from galley.app.source_list import distinct_names
from galley.sources.files import FilesSource
from pipeline.model.batch import Batch, Cause
from pipeline.model.change import Confirmed, Pinned
from pipeline.model.key import Key
from pipeline.stages.precedence import Precedence
from pipeline.stages.report import diagnostics
from tests.aggregation.meshing import KINDS, Mesh, entry, many, meshing, scripted

if TYPE_CHECKING:
    from pathlib import Path

BIG = 21
"""One more than the guard lets go."""


def names(prefix: str, count: int) -> set[str]:
    """Return the names of the objects of `many`."""
    return {f"{prefix}-{number}" for number in range(count)}


async def confirm(mesh: Mesh) -> None:
    """Say yes to what the guard holds."""
    assert mesh.state.hold is not None
    change = Confirmed(revision=mesh.state.hold.number)
    await mesh.engine.submit(Batch(source="galley", changes=(change,), cause=Cause(at=1.0)))


async def history(mesh: Mesh) -> list[str]:
    """Return the reasons of the revisions, newest first."""
    return [revision.cause.reason for revision in mesh.engine.log.history(10)]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_small_source_that_is_removed_is_dropped_visibly(tmp_path: Path, kind: str) -> None:
    """What it claimed goes, in one revision that says why; everybody else's stays."""
    mine, other = scripted(kind, {"a.yaml": entry("mine")}), scripted("other", {"b.yaml": entry("yours")})
    async with meshing(tmp_path, [mine, other]) as mesh:
        await mesh.until(lambda: set(mesh.content()) == {"mine", "yours"})
    async with meshing(tmp_path, [scripted("other", {"b.yaml": entry("yours")})]) as mesh:
        await mesh.until(lambda: set(mesh.content()) == {"yours"})
        assert set(mesh.state.sources) == {"other"}
        assert (await history(mesh))[0] == f"sources changed: {kind} is gone"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_big_source_that_is_removed_waits_for_a_yes(tmp_path: Path, kind: str) -> None:
    """However much the others have: it is all that a source had, and is served on until somebody confirms."""
    others = many("yours", 3 * BIG)
    async with meshing(tmp_path, [scripted(kind, many("mine", BIG)), scripted("other", others)]) as mesh:
        await mesh.until(lambda: len(mesh.content()) == 4 * BIG)
    async with meshing(tmp_path, [scripted("other", others)]) as mesh:
        await mesh.synced()
        hold = mesh.state.hold
        assert hold is not None
        assert (hold.removed, hold.emptied) == (BIG, kind)
        assert len(mesh.content()) == 4 * BIG
    async with meshing(tmp_path, [scripted("other", others)]) as mesh:
        await mesh.synced()
        assert len(mesh.content()) == 4 * BIG
        await confirm(mesh)
        assert set(mesh.content()) == names("yours", 3 * BIG)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_source_that_comes_back_empty_is_caught(tmp_path: Path, kind: str) -> None:
    """An empty cluster, a cleared registry: nothing goes until somebody says so; with the objects back, all is well."""
    source, other = scripted(kind, many("mine", BIG)), scripted("other", many("yours", 3 * BIG))
    async with meshing(tmp_path, [source, other]) as mesh:
        await mesh.until(lambda: len(mesh.content()) == 4 * BIG)
        revision = mesh.state.revision
        source.put(dict.fromkeys(many("mine", BIG)))
        await mesh.until(lambda: mesh.state.hold is not None)
        assert len(mesh.content()) == 4 * BIG
        assert [found.code for found in diagnostics(mesh.state, mesh.engine.policy)] == ["GLY0302"]
        source.put(many("mine", BIG))
        await mesh.until(lambda: mesh.state.hold is None)
        assert mesh.state.revision == revision
    empty = [scripted(kind, {}), scripted("other", many("yours", 3 * BIG))]
    async with meshing(tmp_path, empty) as mesh:
        await mesh.until(lambda: mesh.state.hold is not None)
        await confirm(mesh)
        assert set(mesh.content()) == names("yours", 3 * BIG)


async def test_a_directory_that_was_cleared_is_caught(tmp_path: Path) -> None:
    """The same with real files: an `rm -r` of one of two directories is held, putting it back mends it."""
    for name, count in (("one", BIG), ("two", 3 * BIG)):
        (tmp_path / name).mkdir()
        for file, text in many(name, count).items():
            (tmp_path / name / file).write_text(text)
    sources = [FilesSource(tmp_path / "one", name="files"), FilesSource(tmp_path / "two", name="files-2")]
    async with meshing(tmp_path, sources) as mesh:
        await mesh.until(lambda: len(mesh.content()) == 4 * BIG)
        shutil.copytree(tmp_path / "one", tmp_path / "copy")
        for path in (tmp_path / "one").iterdir():
            path.unlink()
        await mesh.until(lambda: mesh.state.hold is not None)
        assert len(mesh.content()) == 4 * BIG
        shutil.copytree(tmp_path / "copy", tmp_path / "one", dirs_exist_ok=True)
        await mesh.until(lambda: mesh.state.hold is None)


@pytest.mark.parametrize("down", [False, True])
async def test_sources_in_another_order_change_nothing(tmp_path: Path, *, down: bool) -> None:
    """Names follow the order of the settings; what was said goes with the place, also while that is out of reach."""
    one, two = many("one", BIG), many("two", BIG)
    async with meshing(tmp_path, [scripted("git", one, "/one"), scripted("git-2", two, "/two")]) as mesh:
        await mesh.until(lambda: len(mesh.content()) == 2 * BIG)
        revision = mesh.state.revision
    swapped = [scripted("git", two, "/two"), scripted("git-2", one, "/one")]
    for source in swapped if down else ():
        source.lose("connection refused")
    async with meshing(tmp_path, swapped) as mesh:
        await mesh.synced()
        assert mesh.state.revision == revision
        assert {resource.origin.source for key, resource in mesh.state.mesh.items() if "one" in key.name} == {"git-2"}
        swapped[1].lose("")
        swapped[1].put({"one-0.yaml": None})
        await mesh.until(lambda: "one-0" not in mesh.content())
        assert len(mesh.content()) == 2 * BIG - 1


async def test_directories_in_another_order_change_nothing(tmp_path: Path) -> None:
    """The same with real files, both of which begin to read at once: no object is missing for a moment."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for file, text in many(name, 5).items():
            (tmp_path / name / file).write_text(text)
    one, two = tmp_path / "one", tmp_path / "two"
    async with meshing(tmp_path, [FilesSource(one, name="files"), FilesSource(two, name="files-2")]) as mesh:
        await mesh.until(lambda: len(mesh.content()) == 10)
        revision = mesh.state.revision
    async with meshing(tmp_path, [FilesSource(two, name="files"), FilesSource(one, name="files-2")]) as mesh:
        await mesh.synced()
        assert mesh.state.revision == revision
        (one / "one-0.yaml").unlink()
        await mesh.until(lambda: set(mesh.content()) == {*names("one", 5), *names("two", 5)} - {"one-0"})


async def test_the_first_of_two_sources_is_removed(tmp_path: Path) -> None:
    """The second is called as the first was now, keeps what it had, and what the first had goes."""
    first, second = scripted("git", many("one", 3), "/one"), scripted("git-2", many("two", 5), "/two")
    async with meshing(tmp_path, [first, second]) as mesh:
        await mesh.until(lambda: len(mesh.content()) == 8)
    left = scripted("git", many("two", 5), "/two")
    left.lose("connection refused")
    async with meshing(tmp_path, [left]) as mesh:
        await mesh.synced()
        assert set(mesh.content()) == names("two", 5)
        assert (await history(mesh))[0] == "sources changed: git is gone, git-2 is called git"


async def test_a_source_whose_place_moves_says_what_differs(tmp_path: Path) -> None:
    """A name that leads elsewhere keeps what it had until the new place has spoken; then there is one revision."""
    async with meshing(tmp_path, [scripted("git", {"a.yaml": entry("a"), "b.yaml": entry("b")}, "/v1")]) as mesh:
        await mesh.until(lambda: len(mesh.content()) == 2)
    moved = scripted("git", {"a.yaml": entry("a"), "c.yaml": entry("c")}, "/v2")
    moved.lose("not there yet")
    async with meshing(tmp_path, [moved]) as mesh:
        await mesh.synced()
        assert set(mesh.content()) == {"a", "b"}
        moved.lose("")
        await mesh.until(lambda: set(mesh.content()) == {"a", "c"})
        assert mesh.state.revision is not None
        assert mesh.state.revision.number == 2


async def test_held_objects_faults_and_pins_go_along(tmp_path: Path) -> None:
    """A broken file of a renamed source still holds its objects, a rollback still pins, a conflict is decided anew."""
    first = scripted("a", {"p.yaml": entry("p"), "q.yaml": entry("q")}, "/first")
    second = scripted("b", {"p.yaml": entry("p", 81)}, "/second")
    async with meshing(tmp_path, [first, second]) as mesh:
        await mesh.until(lambda: len(mesh.state.contested) == 1 and len(mesh.content()) == 2)
        first.put({"q.yaml": "{"})
        await mesh.until(lambda: bool(mesh.state.faults))
        key = Key("ServiceEntry", "default", "p")
        served = mesh.state.mesh[key]
        pin = Pinned(key=key, resource=None, against=served.digest, revision=1)
        await mesh.engine.submit(Batch(source="galley", changes=(pin,), cause=Cause(at=1.0)))
        assert set(mesh.content()) == {"q"}
    swapped = [
        scripted("b", {"p.yaml": entry("p"), "q.yaml": "{"}, "/first"),
        scripted("a", {"p.yaml": entry("p", 81)}, "/second"),
    ]
    async with meshing(tmp_path, swapped) as mesh:
        await mesh.synced()
        assert list(mesh.state.faults) == [("b", "q.yaml")]
        assert set(mesh.content()) == {"q"}
        assert mesh.state.pins[key].against != served.digest
        found = {one.code: one for one in diagnostics(mesh.state, mesh.engine.policy)}
        assert found["GLY0301"].origin.source == "b"


async def test_another_precedence_decides_again(tmp_path: Path) -> None:
    """With nobody touching anything, the next start serves by the new setting."""
    said = {name: {"a.yaml": entry("a", port)} for name, port in (("consul", 81), ("git", 82))}
    async with meshing(tmp_path, [scripted(name, files) for name, files in said.items()]) as mesh:
        await mesh.until(lambda: mesh.content() != {} and bool(mesh.state.contested))
        before = mesh.content()
    sources = [scripted(name, files) for name, files in said.items()]
    async with meshing(tmp_path, sources, precedence=Precedence(order=("git",))) as mesh:
        await mesh.until(lambda: mesh.content() != before)
        (served,) = mesh.state.mesh.values()
        assert served.origin.source == "git"


def test_two_sources_of_one_name_are_refused() -> None:
    """What a source says is kept by its name; the error names both places and the way out."""
    with pytest.raises(CannotStart, match="two sources are called git: /one, and /two") as refused:
        distinct_names([scripted("git", {}, "/one"), scripted("git", {}, "/two")])
    assert "NAME=KUBECONFIG" in refused.value.hint


async def test_a_place_that_is_followed_twice_stays_as_it_is(tmp_path: Path) -> None:
    """Two names for one place each keep their own words, whatever else changes."""
    said = {"a.yaml": entry("aa")}
    async with meshing(tmp_path, [scripted("files", said, "/one"), scripted("files-2", said, "/one")]) as mesh:
        await mesh.until(lambda: bool(mesh.state.contested))
    sources = [scripted("files", said, "/one"), scripted("files-2", said, "/one"), scripted("git", {})]
    async with meshing(tmp_path, sources) as mesh:
        await mesh.synced()
        assert set(mesh.state.places) == {("files", "a.yaml"), ("files-2", "a.yaml")}
