"""A real Nomad keeps the contract of every source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.components.nomad_agent import Nomad, nomad
from tests.sources.contract import SourceContract
from tests.sources.nomad.world import NomadWorld
from tests.sources.platform.door import door

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.component


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nomad]:
    """A server and client."""
    with nomad(tmp_path_factory.mktemp("nomad")) as running:
        yield running


@pytest.fixture
def world(agent: Nomad) -> Iterator[NomadWorld]:
    """No services, and a way to them that can be shut."""
    with door(agent.port) as way:
        yield NomadWorld(agent, way)


class TestNomad(SourceContract):
    """The contract."""
