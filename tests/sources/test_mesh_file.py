"""The source of one file of mesh configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from galley.sources.mesh_file import MeshFileSource
from pipeline.model.change import Upserted
from tests.sources.listener import Listener, said

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file as Istio's `mesh` is."""
    made = tmp_path / "mesh.yaml"
    made.write_text("rootNamespace: a\n")
    return made


def source(file: Path) -> MeshFileSource:
    """A source of it."""
    return MeshFileSource(file, name="mesh-config", kind="MeshConfig")


async def test_the_file_is_one_object_and_is_followed(file: Path) -> None:
    """Its fields have their lines; what does not parse holds what it said before."""
    listener = Listener()
    async with listener.running(source(file)):
        first = await listener.next()
        change = first.changes[-2]
        assert isinstance(change, Upserted)
        assert change.resource.spec == b'{"rootNamespace":"a"}'
        assert change.resource.origin_of("spec.rootNamespace").line == 1
        file.write_text("rootNamespace: [")
        assert [word[0] for word in said(await listener.next())] == ["!"]
        file.write_text("rootNamespace: b\n")
        assert [word[0] for word in said(await listener.next())] == ["=", "+"]


async def test_a_file_that_is_being_saved_is_not_taken_for_an_empty_one(file: Path) -> None:
    """Truncated and written a moment later, again and again, it never says that all is as by default."""
    listener = Listener()
    async with listener.running(source(file)):
        await listener.next()
        for value in "bcd":
            with file.open("w") as saved:
                await listener.quiet(0.04)
                saved.write(f"rootNamespace: {value}\n")
            changes = (await listener.next()).changes
            assert [change.resource.spec for change in changes if isinstance(change, Upserted)] == [
                b'{"rootNamespace":"%s"}' % value.encode()
            ]


async def test_a_restart_repeats_nothing(file: Path) -> None:
    """Told what it said before, it says only that it is synced."""
    listener = Listener()
    async with listener.running(source(file)):
        await listener.next()
    async with listener.running(source(file)):
        assert said(await listener.next()) == ["."]
