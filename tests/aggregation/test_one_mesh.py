"""Several sources make one mesh: the same whatever order they speak in, and none harmed when another is cut off."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from galley.sources.files import FilesSource
from pipeline.stages.precedence import Precedence, PrecedenceRule
from tests.aggregation.meshing import KINDS, entry, meshing, scripted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.aggregation.meshing import Mesh

NAMES = ("aa", "bb", "cc")
edits = st.lists(
    st.tuples(
        st.sampled_from(KINDS), st.sampled_from(("one.yaml", "two.yaml")), st.sampled_from(NAMES), st.integers(80, 82)
    ),
    max_size=10,
)
precedences = st.builds(
    Precedence,
    order=st.lists(st.sampled_from(KINDS), unique=True, max_size=2).map(tuple),
    rules=st.lists(
        st.builds(
            PrecedenceRule,
            order=st.permutations(KINDS).map(tuple),
            hosts=st.sampled_from([(f"{name}.example",) for name in NAMES]),
        ),
        max_size=1,
    ).map(tuple),
)
Edits = list[tuple[str, str, str, int]]


def last(said: Edits) -> dict[str, dict[str, str]]:
    """Return the files of each source after all edits."""
    files: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
    for kind, file, name, port in said:
        files[kind][file] = entry(name, port)
    return files


async def at_once(folder: Path, files: Mapping[str, Mapping[str, str]], precedence: Precedence) -> tuple[str, int]:
    """Return the digest of the mesh whose sources have these files from the beginning, and how many are contested."""
    sources = [scripted(kind, said) for kind, said in files.items()]
    async with meshing(folder, sources, precedence=precedence) as mesh:
        await mesh.synced()
        await said_all(mesh, files)
        assert mesh.engine.snapshot is not None
        return mesh.engine.snapshot.revision.digest, len(mesh.state.contested)


async def said_all(mesh: Mesh, files: Mapping[str, Mapping[str, str]]) -> None:
    """Return once every claim that the files make is taken, and published."""

    def taken() -> bool:
        claims = {
            (place, port)
            for claims in mesh.state.claims.values()
            for place, claim in claims.items()
            for port in (80, 81, 82)
            if f'"number":{port}' in claim.resource.spec.decode()
        }
        wanted = {
            ((kind, file), port)
            for kind, said in files.items()
            for file, text in said.items()
            for port in (80, 81, 82)
            if f"number: {port}" in text
        }
        snapshot, revision = mesh.engine.snapshot, mesh.state.revision
        published = snapshot is not None and revision is not None and snapshot.revision.number == revision.number
        return claims == wanted and published

    await mesh.until(taken)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(edits, precedences, st.permutations(KINDS), st.lists(st.sampled_from(KINDS), max_size=2))
def test_any_interleaving_gives_the_mesh_of_all_at_once(
    tmp_path_factory: pytest.TempPathFactory,
    said: Edits,
    precedence: Precedence,
    order: list[str],
    lost: list[str],
) -> None:
    """Edit by edit, the sources started in any order, some away for a while: the digest is that of the last words."""
    folders = tmp_path_factory.mktemp("slow"), tmp_path_factory.mktemp("fast")

    async def drive() -> tuple[str, int]:
        sources = {kind: scripted(kind, {}) for kind in order}
        async with meshing(folders[0], list(sources.values()), precedence=precedence) as mesh:
            await mesh.synced()
            for number, (kind, file, name, port) in enumerate(said):
                away = lost[number % len(lost)] if lost else ""
                if away:
                    sources[away].lose("cut off")
                sources[kind].put({file: entry(name, port)})
                await asyncio.sleep(0)
                if away:
                    sources[away].lose("")
            await said_all(mesh, last(said))
            assert mesh.engine.snapshot is not None
            return mesh.engine.snapshot.revision.digest, len(mesh.state.contested)

    assert asyncio.run(drive()) == asyncio.run(at_once(folders[1], last(said), precedence))


@pytest.mark.parametrize("cut", KINDS)
async def test_a_source_that_is_cut_off_harms_nothing(tmp_path: Path, cut: str) -> None:
    """What it said is served, the others' edits go through; back again, it says what it missed; also over a restart."""
    sources = {kind: scripted(kind, {"a.yaml": entry(kind)}) for kind in KINDS}
    async with meshing(tmp_path, list(sources.values())) as mesh:
        await mesh.until(lambda: set(mesh.content()) == set(KINDS))
        before = mesh.content()
        sources[cut].lose("connection refused")
        sources[cut].put({"a.yaml": entry(cut, 99), "b.yaml": entry("missed")})
        for kind in KINDS:
            if kind != cut:
                sources[kind].put({"a.yaml": entry(kind, 81)})
        await mesh.until(lambda: all(mesh.content()[kind] != before[kind] for kind in KINDS if kind != cut))
        assert mesh.content()[cut] == before[cut]
        assert sources[cut].status.errors == ["connection refused"]
    async with meshing(tmp_path, list(sources.values())) as mesh:
        assert mesh.content()[cut] == before[cut]
        sources["files" if cut != "files" else "git"].put({"c.yaml": entry("new")})
        await mesh.until(lambda: "new" in mesh.content())
        assert mesh.content()[cut] == before[cut]
        sources[cut].lose("")
        await mesh.until(lambda: "missed" in mesh.content())
        assert mesh.content()[cut] != before[cut]


async def test_a_new_source_that_never_answers_is_told_and_holds_up_nobody(tmp_path: Path) -> None:
    """The first revision waits for it only so long; then it is named, and counts as soon as it speaks."""
    silent = scripted("kubernetes", {"a.yaml": entry("late")})
    silent.lose("connection refused")
    async with meshing(tmp_path, [scripted("files", {"a.yaml": entry("aa")}), silent], sync_timeout=0.1) as mesh:
        await mesh.until(lambda: set(mesh.content()) == {"aa"})
        assert [one.code for one in mesh.concerns()] == ["GLY0303"]
        assert mesh.concerns()[0].origin.source == "kubernetes"
        silent.lose("")
        await mesh.until(lambda: set(mesh.content()) == {"aa", "late"})
        assert mesh.concerns() == ()


async def test_directories_and_others_are_one_mesh(tmp_path: Path) -> None:
    """Real files beside others: an object moves from a directory to another source without a gap, and is contested."""
    (tmp_path / "mesh").mkdir()
    (tmp_path / "mesh" / "a.yaml").write_text(entry("aa"))
    git = scripted("git", {"b.yaml": entry("bb")})
    async with meshing(tmp_path, [FilesSource(tmp_path / "mesh"), git]) as mesh:
        await mesh.until(lambda: set(mesh.content()) == {"aa", "bb"})
        digest = mesh.content()["aa"]
        git.put({"a.yaml": entry("aa", 81)})
        await mesh.until(lambda: bool(mesh.state.contested))
        (told,) = mesh.concerns()
        assert told.message == (
            "ServiceEntry default/aa, here from a.yaml:1 (git), is also in a.yaml:1 (files), whose version is the one"
            " that is served"
        )
        assert mesh.content()["aa"] == digest
        (tmp_path / "mesh" / "a.yaml").unlink()
        await mesh.until(lambda: mesh.content()["aa"] != digest)
        assert mesh.concerns() == ()
        shutil.rmtree(tmp_path / "mesh")
        git.put({"c.yaml": entry("cc")})
        await mesh.until(lambda: set(mesh.content()) == {"aa", "bb", "cc"})
