"""The source of Marathon keeps the contract of every source, against a server that speaks Marathon's API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sources.contract import SourceContract
from tests.sources.marathon.marathon_server import marathon
from tests.sources.marathon.world import MarathonWorld

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def world() -> Iterator[MarathonWorld]:
    """No apps."""
    with marathon() as server:
        yield MarathonWorld(server)


class TestMarathon(SourceContract):
    """The contract."""
