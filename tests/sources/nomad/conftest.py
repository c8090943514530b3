"""One Nomad for all tests here, since starting one takes seconds; what is submitted to it replaces what was before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.components.nomad_agent import Nomad, nomad

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nomad]:
    """A server and client."""
    with nomad(tmp_path_factory.mktemp("nomad")) as running:
        yield running
