"""`mirrored`: whether what a listener has heard is what a fresh list of the API server gives, object by object."""

from __future__ import annotations

from collections.abc import Iterable

from galley.settings.kubernetes import KubernetesSettings
from galley.sources.kubernetes.membership import Membership
from galley.sources.kubernetes.projection import Projection
from galley.sources.kubernetes.watched import watched_kinds
from pipeline.model.change import Upserted
from pipeline.model.digest import Digest
from pipeline.model.key import Key
from schemas.kind import Kind
from schemas.registry import DEFAULT_REGISTRY
from tests.sources.kubernetes.cluster import Cluster
from tests.sources.listener import Listener


def fresh(cluster: Cluster, kinds: Iterable[Kind]) -> dict[Key, Digest]:
    """Return the digests of the objects of kinds, as the API server lists them now."""
    projection = Projection("kubernetes", Membership(cluster="kubernetes"))
    found: dict[Key, Digest] = {}
    for watched in watched_kinds(DEFAULT_REGISTRY, KubernetesSettings(), configures=True):
        if watched.kind in kinds and cluster.serves(watched.kind):
            for tree in cluster.list(watched.kind.api_versions()[-1], watched.kind.name):
                said = projection(watched, tree).said
                if isinstance(said, Upserted):
                    found[said.resource.key] = said.resource.digest
    return found


def mirrored(listener: Listener, cluster: Cluster, kinds: Iterable[Kind]) -> bool:
    """Whether the listener has exactly these objects, each as it is."""
    return {key: one.digest for key, one in listener.state.mesh.items()} == fresh(cluster, list(kinds))
