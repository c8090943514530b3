"""A real Nomad keeps the contract of every source."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.sources.contract import SourceContract
from tests.sources.cutting import Cutting
from tests.sources.nomad.world import NomadWorld

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.components.nomad_agent import Nomad

pytestmark = pytest.mark.component


@pytest.fixture
def world(agent: Nomad) -> Iterator[NomadWorld]:
    """No services, and a way to them that can be cut."""
    with closing(Cutting(agent.port)) as proxy:
        yield NomadWorld(agent, proxy)


class TestNomad(SourceContract):
    """The contract."""
