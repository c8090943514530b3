"""One API server for all tests here that need one, since starting it takes seconds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.kind import Kind
from tests.components.kube_api import Kube, kube
from tests.sources.kubernetes.cluster import Cluster, kind_named

KINDS: tuple[Kind, ...] = tuple(
    kind_named(name, "networking.istio.io") for name in ("Gateway", "VirtualService", "DestinationRule", "ServiceEntry")
)
"""The kinds that the API server of these tests has."""

_CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kube]:
    """An API server with our kinds."""
    with kube(Path(tmp_path_factory.mktemp("webhook"))) as found:
        cluster = Cluster(found)
        cluster.define(KINDS)
        cluster.close()
        yield found


@pytest.fixture
def cluster(api_server: Kube) -> Iterator[Cluster]:
    """The API server's administrator; what a test leaves is removed."""
    found = Cluster(api_server)
    yield found
    found.ask("DELETE", _CONFIGURATIONS)
    for kind in KINDS:
        found.clear(kind)
    found.close()
