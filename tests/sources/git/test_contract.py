"""The git source: the contract of every source, against real repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sources.contract import SourceContract, World
from tests.sources.git.repository import Repository

if TYPE_CHECKING:
    from pathlib import Path


class TestLocal(SourceContract):
    """The contract, with a repository on this machine's disk and the platform's events."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        """A repository with a working tree."""
        return Repository(tmp_path)
