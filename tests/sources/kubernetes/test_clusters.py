"""Several clusters make one mesh: one configures it, all of them say what runs where."""

from __future__ import annotations

from typing import Any

import pytest

from galley.settings.kubernetes import KubernetesSettings
from galley.sources.kubernetes.source import KubernetesSource
from pipeline.model.key import Key
from pipeline.stages.report import concerns
from schemas.registry import DEFAULT_REGISTRY
from tests.sources.contract import until_synced
from tests.sources.kubernetes.cluster import Cluster, kind_named
from tests.sources.kubernetes.objects import pod, slice_
from tests.sources.listener import Listener

pytestmark = [pytest.mark.component, pytest.mark.timeout(120)]

SIDECAR = kind_named("Sidecar")


def plain(tree: dict[str, Any]) -> dict[str, Any]:
    """Return an object as somebody would write it, in the namespace `default`."""
    metadata = {name: tree["metadata"][name] for name in ("name", "labels") if name in tree["metadata"]}
    found = {**tree, "metadata": metadata}
    for endpoint in found.get("endpoints", ()):
        endpoint["targetRef"]["namespace"] = "default"
    return found


async def test_a_service_of_two_clusters_is_one_with_the_endpoints_of_both(cluster: Cluster) -> None:
    """Without a conflict; configuration comes from the first cluster alone."""
    if not cluster.serves(SIDECAR):
        cluster.define([SIDECAR])
    cluster.clear(SIDECAR)
    ports = [{"name": "http", "port": 80}]
    cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "reviews"}, "spec": {"ports": ports}})
    cluster.apply(plain(slice_()))
    cluster.apply({name: value for name, value in plain(pod()).items() if name != "status"})
    cluster.apply({"apiVersion": "networking.istio.io/v1", "kind": "Sidecar", "metadata": {"name": "s"}, "spec": {}})
    both = (str(cluster.kubeconfig), f"west={cluster.kubeconfig}")
    settings = KubernetesSettings.model_validate({"clusters": both, "networks": {"west": "far"}})
    east, west = (KubernetesSource(place, settings, DEFAULT_REGISTRY) for place in settings.places())
    listener = Listener()
    for source in (east, west):
        async with listener.running(source):
            await until_synced(listener)
    state = listener.state
    service = Key("Service", "default", "reviews")
    assert {source for source, _ in state.claims[service]} == {"kubernetes", "kubernetes-west"}
    assert concerns(state) == ()
    assert {key.name for key in state.mesh if key.kind == "EndpointSlice"} >= {"reviews-x", "reviews-x.west"}
    far = state.mesh[Key("Pod", "default", "reviews-0.west")]
    assert (far.labels["topology.istio.io/network"], far.origin.cluster) == ("far", "west")
    assert {source for source, _ in state.claims[Key("Sidecar", "default", "s")]} == {"kubernetes"}
    cluster.delete("v1", "Service", "reviews")
    cluster.delete("discovery.k8s.io/v1", "EndpointSlice", "reviews-x")
    cluster.ask("DELETE", "/api/v1/namespaces/default/pods/reviews-0?gracePeriodSeconds=0")


async def test_namespaces_and_revision_narrow_what_is_read(cluster: Cluster) -> None:
    """A namespace that is not named is not asked for; configuration for another revision is no object."""
    if not cluster.serves(SIDECAR):
        cluster.define([SIDECAR])
    cluster.clear(SIDECAR)
    cluster.client.post("/api/v1/namespaces", json={"metadata": {"name": "other"}})
    tree = {"apiVersion": "networking.istio.io/v1", "kind": "Sidecar", "spec": {}}
    cluster.apply({**tree, "metadata": {"name": "mine"}})
    cluster.apply({**tree, "metadata": {"name": "blue", "labels": {"istio.io/rev": "blue"}}})
    cluster.apply({**tree, "metadata": {"name": "else", "namespace": "other"}})
    source, listener = cluster.source(namespaces=["default"], revision="green"), Listener()
    begun = len(cluster.kube.listings("galley/"))
    async with listener.running(source):
        await until_synced(listener)
        assert {key.name for key in listener.state.mesh if key.kind == "Sidecar"} == {"mine"}
        asked = [uri for uri in cluster.kube.listings("galley/")[begun:] if "sidecars" in uri or "pods" in uri]
        assert asked
        assert all("/namespaces/default/" in uri for uri in asked)
    wide, listener = cluster.source(namespaces=["default", "other"]), Listener()
    async with listener.running(wide):
        await until_synced(listener)
        assert {key.name for key in listener.state.mesh if key.kind == "Sidecar"} == {"mine", "blue", "else"}
    narrow = cluster.source(namespaces=["default"])
    async with listener.running(narrow):
        await until_synced(listener)
        assert {key.name for key in listener.state.mesh if key.kind == "Sidecar"} == {"mine", "blue"}
    cluster.delete("networking.istio.io/v1", "Sidecar", "else", "other")
