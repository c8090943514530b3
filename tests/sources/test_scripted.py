"""The scripted source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from galley.sources.scripted import ScriptedSource, ScriptFailedError, Turn
from tests.sources.contract import SourceContract, World, document
from tests.sources.listener import Listener, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from galley.sources.contract import Source


class Script(World):
    """Files in memory."""

    def __init__(self) -> None:
        self._files: dict[str, str | None] = {}
        self._away = ""
        self._sources: list[ScriptedSource] = []

    def source(self) -> Source:
        """See `World`."""
        files = {file: text for file, text in self._files.items() if text is not None}
        source = ScriptedSource(files)
        source.lose(self._away)
        self._sources.append(source)
        return source

    def change(self, objects: Mapping[str, int | None]) -> None:
        """See `World`."""
        self._put({f"{name}.yaml": None if value is None else document(name, value) for name, value in objects.items()})

    def spoil(self, name: str) -> None:
        """See `World`."""
        self._put({f"{name}.yaml": "a: ["})

    def lose(self) -> None:
        """See `World`."""
        self._lose("no memory of it")

    def find(self) -> None:
        """See `World`."""
        self._lose("")

    def _put(self, files: dict[str, str | None]) -> None:
        self._files |= files
        for source in self._sources:
            source.put(files)

    def _lose(self, why: str) -> None:
        self._away = why
        for source in self._sources:
            source.lose(why)


class TestScripted(SourceContract):
    """The contract of every source."""

    @pytest.fixture
    def world(self) -> World:
        """Files in memory."""
        return Script()


async def test_a_script_is_played() -> None:
    """Each turn is a batch."""
    script = (Turn(after=0.01, files={"a.yaml": document("a", 2)}), Turn(after=0.01, files={"a.yaml": None}))
    listener = Listener()
    async with listener.running(ScriptedSource({"a.yaml": document("a", 1)}, script=script)):
        assert [said(await listener.next()) for _ in range(3)] == [["+a", "."], ["+a"], ["-a"]]


async def test_a_script_can_fail() -> None:
    """A turn that fails ends the run, as a bug in a source would."""
    source = ScriptedSource({}, script=(Turn(fails="boom"),))
    with pytest.raises(ScriptFailedError, match="boom"):
        await source.run({}, Listener().emit)
