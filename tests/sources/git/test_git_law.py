"""The law of the git source: after any history, however it was followed, it has said what the tip says."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.sources.contract import document, eventually, until_synced, value_of
from tests.sources.git.plumbing import DIRECTORY, FILE, LINK, Plumbing
from tests.sources.git.repository import Repository
from tests.sources.listener import Listener

if TYPE_CHECKING:
    from pathlib import Path

NAMES = "abcdefgh"
DIRECTORIES = ("", "x/", "x/y/", "z/")


def written(raw: Plumbing, files: dict[str, str], links: tuple[str, ...]) -> str:
    """Write a tree with these files and links, at any depth; return its id."""
    entries: list[tuple[bytes, bytes, str]] = []
    below: dict[str, dict[str, str]] = {}
    for path, text in files.items():
        first, slash, rest = path.partition("/")
        if slash:
            below.setdefault(first, {})[rest] = text
        else:
            entries.append((FILE, path.encode(), raw.blob(text)))
    entries += [(LINK, link.encode(), raw.blob("a.yaml")) for link in links]
    entries += [(DIRECTORY, name.encode(), written(raw, inner, ())) for name, inner in below.items()]
    return raw.tree(entries)


@pytest.mark.parametrize("seed", range(6))
async def test_any_history_ends_with_what_the_tip_says(tmp_path: Path, seed: int) -> None:
    """Objects come, change, go and move between files and directories; the source is restarted in between."""
    chance = random.Random(seed)
    world = Repository(tmp_path)
    raw = Plumbing(world.root / ".git")
    listener = Listener()
    values: dict[str, int] = {}
    for _ in range(4):
        source = world.source("#main")
        async with listener.running(source):
            for step in range(5):
                for name in chance.sample(NAMES, 3):
                    values[name] = chance.randrange(100)
                for name in chance.sample(NAMES, 1):
                    values.pop(name, None)
                places = {name: chance.choice(DIRECTORIES) for name in values}
                files = {f"{places[name]}{name}.yaml": document(name, value) for name, value in values.items()}
                links = ("link.yaml",) if chance.random() < 0.3 else ()
                commit = raw.commit(written(raw, files, links), b"step %d" % step)
                raw.point(commit)
                if chance.random() < 0.6:
                    await eventually(lambda: source.status.commit == commit)  # noqa: B023  awaited here
            await eventually(lambda: source.status.commit == commit)  # noqa: B023  awaited here
    assert listener.names() == set(values)
    for name, value in values.items():
        assert value_of(listener, name) == f"./h{value}"
    fresh = Listener()
    async with fresh.running(world.source("#main")):
        await until_synced(fresh)
    assert {key: one.digest for key, one in fresh.state.mesh.items()} == {
        key: one.digest for key, one in listener.state.mesh.items()
    }
    assert fresh.state.faults.keys() == listener.state.faults.keys()
