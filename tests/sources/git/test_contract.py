"""The git source: the contract of every source, against real repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sources.contract import SourceContract, World
from tests.sources.git.repository import Repository
from tests.sources.git.served import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class TestLocal(SourceContract):
    """The contract, with a repository on this machine's disk and the platform's events."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        """A repository with a working tree."""
        return Repository(tmp_path)


class TestServed(SourceContract):
    """The contract, with a repository elsewhere, which is asked again and again over HTTP."""

    @pytest.fixture
    def world(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
        """A repository behind `git http-backend`."""
        monkeypatch.setattr("galley.sources.git.source.BREATH", 0.05)
        with served(tmp_path) as world:
            yield world
