"""A real API server, as every source's contract has it: the places are objects, without text and without lines."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from galley.documents.limits import Limits
from galley.settings.kubernetes import KubernetesSettings
from galley.sources.contract import Source
from galley.sources.kubernetes.source import KubernetesSource
from schemas.registry import Registry
from tests.sources.contract import SourceContract, World
from tests.sources.kubernetes.cluster import Cluster, kind_named

pytestmark = pytest.mark.component

SIDECAR = kind_named("Sidecar")
_MOST = 4096


class KubernetesWorld(World):
    """Sidecars of an API server; one that is larger than the source's limit cannot be read."""

    line = 1

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def source(self) -> Source:
        """See `World`."""
        settings = KubernetesSettings(clusters=(str(self._cluster.kubeconfig),))
        return KubernetesSource(settings.places()[0], settings, Registry.of([SIDECAR]), limits=Limits(size=_MOST))

    def change(self, objects: Mapping[str, int | None]) -> None:
        """See `World`."""
        for name, value in objects.items():
            if value is None:
                self._cluster.delete("networking.istio.io/v1", "Sidecar", name)
            else:
                self._apply(name, f"./h{value}", "")

    def spoil(self, name: str) -> None:
        """See `World`."""
        self._apply(name, "./h0", "x" * (_MOST + 1))

    def lose(self) -> None:
        """See `World`."""
        self._cluster.proxy.lose()

    def find(self) -> None:
        """See `World`."""
        self._cluster.proxy.find()

    def _apply(self, name: str, host: str, note: str) -> None:
        metadata = {"name": name, "annotations": {"note": note} if note else {}}
        tree = {"apiVersion": "networking.istio.io/v1", "kind": "Sidecar", "metadata": metadata}
        self._cluster.apply({**tree, "spec": {"egress": [{"hosts": [host]}]}})


class TestKubernetes(SourceContract):
    """The contract."""

    @pytest.fixture
    def world(self, cluster: Cluster) -> World:
        """A cluster that has the kind, and no objects of it."""
        if not cluster.serves(SIDECAR):
            cluster.define([SIDECAR])
        cluster.clear(SIDECAR)
        return KubernetesWorld(cluster)
