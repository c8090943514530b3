"""A real Consul keeps the contract of every source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.components.consul_agent import Consul, consul
from tests.sources.consul.world import ConsulWorld
from tests.sources.contract import SourceContract

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.component


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consul]:
    """A server that keeps what it is told."""
    with consul(tmp_path_factory.mktemp("consul"), keeps=True) as running:
        yield running


@pytest.fixture
def world(agent: Consul) -> ConsulWorld:
    """An empty catalogue."""
    return ConsulWorld(agent)


class TestConsul(SourceContract):
    """The contract."""
