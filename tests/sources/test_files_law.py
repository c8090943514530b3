"""The law of the files source: after any edits, in any order, it has said what a fresh look would say."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from galley.documents.read import read
from galley.sources.files import FilesSource
from tests.sources.contract import document, eventually, until_synced
from tests.sources.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = ("a.yaml", "b.json", "d/a.yaml", "d/b.yml", "d/e/a.yaml")
FILE = st.sampled_from(FILES)
OBJECTS = st.dictionaries(st.sampled_from("pqrs"), st.integers(1, 3), max_size=3)


def write(root: Path, file: str, objects: dict[str, int]) -> None:
    """Write documents in place."""
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(_text(file, objects))


def replace(root: Path, file: str, objects: dict[str, int]) -> None:
    """Write documents beside, and rename over."""
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / ".new").write_text(_text(file, objects))
    (root / ".new").replace(root / file)


def spoil(root: Path, file: str, _: dict[str, int]) -> None:
    """Write what does not parse."""
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text("a: [")


def remove(root: Path, file: str, _: dict[str, int]) -> None:
    """Remove a file."""
    (root / file).unlink(missing_ok=True)


def move(root: Path, file: str, objects: dict[str, int]) -> None:
    """Move a file to another name, or a directory there and back."""
    if (root / file).exists():
        target = root / FILES[len(objects)]
        target.parent.mkdir(parents=True, exist_ok=True)
        (root / file).rename(target)


def move_directory(root: Path, file: str, _: dict[str, int]) -> None:
    """Rename a directory."""
    if (root / "d").exists() and not (root / "x").exists():
        (root / "d").rename(root / "x")
    elif (root / "x").exists() and not (root / "d").exists():
        (root / "x").rename(root / "d")
    else:
        remove(root, file, {})


EDIT = st.sampled_from([write, write, replace, spoil, remove, move, move_directory])


def _text(file: str, objects: dict[str, int]) -> str:
    if file.endswith(".json"):
        return "\n".join(
            f'{{"apiVersion": "networking.istio.io/v1", "kind": "Sidecar", "metadata": {{"name": "{name}"}},'
            f' "spec": {{"egress": [{{"hosts": ["./h{value}"]}}]}}}}'
            for name, value in objects.items()
        )
    return "---\n".join(document(name, value) for name, value in objects.items())


def mend(root: Path) -> None:
    """Make every broken file an empty one, so that nothing is held."""
    for file in [*root.rglob("*.y*ml"), *root.rglob("*.json")]:
        if read(file.read_bytes(), "files", file.name).faults:
            file.write_text("")


def words(listener: Listener) -> dict[str, object]:
    """What every place says of every object, and where that is written."""
    return {
        f"{key} {place}": (claim.resource.digest, str(claim.resource.origin))
        for key, claims in listener.state.claims.items()
        for place, claim in claims.items()
    }


async def follow(edits: list[tuple[Callable[[Path, str, dict[str, int]], None], str, dict[str, int], float]]) -> None:
    """Edit a directory under the eyes of a source; then look at it afresh."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / "drop"
        root.mkdir()
        listener, fresh = Listener(), Listener()
        async with listener.running(FilesSource(root)):
            await until_synced(listener)
            for edit, file, objects, pause in edits:
                edit(root, file, objects)
                await asyncio.sleep(pause)
            mend(root)
            async with fresh.running(FilesSource(root)):
                await until_synced(fresh)
            await eventually(lambda: words(listener) == words(fresh) and not listener.state.faults)
        listener.skip()
        async with listener.running(FilesSource(root)):
            assert await until_synced(listener) == ["."]


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(EDIT, FILE, OBJECTS, st.sampled_from([0.0, 0.0, 0.001, 0.03, 0.1])), max_size=12))
def test_following_equals_a_fresh_look(
    edits: list[tuple[Callable[[Path, str, dict[str, int]], None], str, dict[str, int], float]],
) -> None:
    """And a restart after it has nothing to add."""
    asyncio.run(follow(edits))
