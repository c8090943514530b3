"""A real Nomad keeps the contract of every source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sources.contract import SourceContract
from tests.sources.nomad.world import NomadWorld
from tests.sources.platform.door import door

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.components.nomad_agent import Nomad

pytestmark = pytest.mark.component


@pytest.fixture
def world(agent: Nomad) -> Iterator[NomadWorld]:
    """No services, and a way to them that can be shut."""
    with door(agent.port) as way:
        yield NomadWorld(agent, way)


class TestNomad(SourceContract):
    """The contract."""
