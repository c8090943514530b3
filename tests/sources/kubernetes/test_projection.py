"""What is said of an object is what somebody reads of it; the rest changes nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from galley.settings.kubernetes import KubernetesSettings
from galley.sources.kubernetes.membership import Membership
from galley.sources.kubernetes.place import key_at, place_of
from galley.sources.kubernetes.projection import Projected, Projection
from galley.sources.kubernetes.watched import Watched, watched_kinds
from pipeline.model.change import Upserted
from pipeline.model.diagnostic import Diagnostic
from pipeline.model.key import Key
from pipeline.model.resource import Resource
from schemas.registry import DEFAULT_REGISTRY
from tests.sources.kubernetes.objects import node, pod, secret, slice_, virtual_service


def watched(kind: str) -> Watched:
    """Return a watched kind by the name that keys have."""
    kinds = watched_kinds(DEFAULT_REGISTRY, KubernetesSettings(), configures=True)
    return next(one for one in kinds if one.key_kind == kind)


def projected(tree: dict[str, Any], **settings: Any) -> Projected:  # noqa: ANN401  keywords of several types
    """Return an object's projection."""
    settings = {"membership": Membership(cluster="east"), "secret_types": ("kubernetes.io/tls", "Opaque"), **settings}
    return Projection("kubernetes-east", **settings)(watched(tree["kind"]), tree)


def resource(tree: dict[str, Any], **settings: Any) -> Resource:  # noqa: ANN401  keywords of several types
    """Return what is said of an object."""
    said = projected(tree, **settings).said
    assert isinstance(said, Upserted)
    return said.resource


def test_a_heartbeat_says_nothing() -> None:
    """A node's status, a pod's other conditions, managedFields and versions change no digest."""
    for tree, path in ((node(), ("status", "conditions")), (pod(), ("status", "containerStatuses"))):
        beaten = copy.deepcopy(tree)
        beaten["metadata"] |= {"resourceVersion": "9", "managedFields": [{"manager": "kubelet"}]}
        beaten[path[0]][path[1]] = [{"type": "MemoryPressure", "lastHeartbeatTime": "now"}]
        assert resource(beaten).digest == resource(tree).digest


def test_a_pod_that_is_ready_says_so() -> None:
    """Readiness, address, labels and place are read."""
    ready = copy.deepcopy(pod())
    ready["status"]["conditions"][0]["status"] = "True"
    assert resource(ready).digest != resource(pod()).digest


def test_an_object_has_its_place_and_version() -> None:
    """People see cluster, namespace, kind and name; the first line stands for all of it."""
    one = resource(virtual_service())
    assert str(one.origin) == "kubernetes://east/shop/VirtualService/reviews:1:1"
    assert (one.origin.cluster, one.origin.resource_version) == ("east", "7")
    assert one.origin_of("spec.hosts[0]").line == 1


@pytest.mark.parametrize(
    "key", [Key("VirtualService", "a", "b"), Key("Node", "", "n"), Key("Gateway.x.io", "a", "b.c")]
)
def test_a_place_leads_back_to_its_object(key: Key) -> None:
    """The one is made of the other."""
    assert key_at(place_of("east", key)) == key


def test_users_words_are_kept_whole() -> None:
    """Of Istio's kinds nothing is left out, known or not: that is for validation to say."""
    tree = virtual_service()
    tree["spec"]["htpp"] = [{"route": []}]
    tree["status"] = {"conditions": []}
    assert resource(tree).tree()["spec"] == tree["spec"]


def test_what_kubectl_and_controllers_note_is_left_out() -> None:
    """The copy of the whole object, and who leads."""
    tree = virtual_service()
    tree["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": "{}", "mine": "kept"}
    assert resource(tree).annotations == {"mine": "kept"}


def test_only_certificates_of_secrets_are_read() -> None:
    """By type and by key; Helm's releases never, whatever the setting says."""
    assert resource(secret("kubernetes.io/tls", "tls.crt", "tls.key", "password")).tree()["spec"] == {
        "data": {"tls.crt": "eA==", "tls.key": "eA=="},
        "type": "kubernetes.io/tls",
    }
    assert projected(secret("Opaque", "password")).said is None
    helm = "helm.sh/release.v1"
    assert projected(secret(helm, "tls.crt"), secret_types=(helm,)).said is None
    assert projected(secret("Opaque", "tls.crt"), secret_types=("kubernetes.io/tls",)).said is None


def test_configuration_for_another_revision_is_not_read() -> None:
    """What names no revision is for all of them; services have none."""
    labelled = virtual_service()
    labelled["metadata"]["labels"] = {"istio.io/rev": "blue"}
    assert projected(labelled, revision="green").said is None
    assert projected(labelled, revision="blue").said is not None
    assert projected(labelled).said is not None
    assert projected(virtual_service(), revision="green").said is not None


def test_pods_of_further_clusters_go_by_their_clusters_name() -> None:
    """So do their nodes, and what names them; services are one across clusters."""
    west = {"membership": Membership(cluster="west", is_first=False, network="n2")}
    found = resource(pod(), **west)
    assert found.key == Key("Pod", "shop", "reviews-0.west")
    assert found.labels["topology.istio.io/cluster"] == "west"
    assert found.labels["topology.istio.io/network"] == "n2"
    assert "node-1.west" in str(found.spec)
    one = resource(slice_(), **west)
    assert one.key.name == "reviews-x.west"
    assert b'"name":"reviews-0.west"' in one.spec
    assert b'"nodeName":"node-1.west"' in one.spec
    assert resource(node(), **west).key.name == "node-1.west"
    assert resource(pod()).key.name == "reviews-0"


def test_an_object_that_nests_without_end_is_not_read() -> None:
    """It is told by name, and harms no other."""
    tree = virtual_service()
    inner: dict[str, Any] = {}
    tree["spec"]["deep"] = inner
    for _ in range(200):
        inner["deep"] = inner = {}
    said = projected(tree).said
    assert isinstance(said, Diagnostic)
    assert (said.code, said.key) == ("GLY0070", Key("VirtualService", "shop", "reviews"))
