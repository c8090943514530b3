"""One API server for all tests here, since starting one takes seconds; each test has a proxy of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.components.kube_api import Kube, kube
from tests.sources.kubernetes.cluster import Cluster


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kube]:
    """An API server."""
    with kube(Path(tmp_path_factory.mktemp("kubernetes"))) as found:
        yield found


@pytest.fixture
def cluster(api_server: Kube) -> Iterator[Cluster]:
    """The API server behind a fresh proxy."""
    found = Cluster(api_server)
    yield found
    found.close()
