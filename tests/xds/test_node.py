"""A proxy is recognised by its id and its metadata."""

from __future__ import annotations

from envoy.config.core.v3 import base_pb2
from hypothesis import given
from hypothesis import strategies as st

from proxy.node import Locality, node_of, node_of_message

SIDECAR = "sidecar~10.0.0.7~reviews-v1-abc.shop~shop.svc.cluster.local"


def test_istio_id_gives_type_address_name_namespace_and_domain() -> None:
    """The four parts of Istio's id are the node's type, address, name and namespace, and DNS domain."""
    node = node_of(SIDECAR, {})
    assert (node.type, node.ip, node.name, node.namespace) == ("sidecar", "10.0.0.7", "reviews-v1-abc", "shop")
    assert node.dns_domain == "shop.svc.cluster.local"


def test_router_is_a_router() -> None:
    """A gateway's node says `router`."""
    assert node_of("router~10.0.0.8~gw.istio-system~istio-system.svc.cluster.local", {}).type == "router"


def test_metadata_namespace_wins_over_the_ids() -> None:
    """Metadata `NAMESPACE` is what the injector wrote; the id is only a fallback."""
    assert node_of(SIDECAR, {"NAMESPACE": "other"}).namespace == "other"


def test_any_other_id_is_a_sidecar_of_default() -> None:
    """An Envoy that somebody started by hand is a sidecar of namespace `default`, with the labels of its metadata."""
    node = node_of("my-envoy", {"LABELS": {"version": "v1", "app": "web"}})
    assert (node.type, node.name, node.namespace) == ("sidecar", "my-envoy", "default")
    assert node.labels == (("app", "web"), ("version", "v1"))
    assert node.ip == ""


def test_an_unknown_type_in_istios_form_is_any_other_id() -> None:
    """Only sidecars and routers are recognised by Istio's form."""
    assert node_of("ztunnel~10.0.0.7~a.shop~shop.svc.cluster.local", {}).namespace == "default"


def test_instance_ips_follow_the_ids_address() -> None:
    """A node has every address that it names, each once."""
    assert node_of(SIDECAR, {"INSTANCE_IPS": "10.0.0.7, fd00::7"}).ips == ("10.0.0.7", "fd00::7")


def test_message_and_json_agree() -> None:
    """The Node message of a stream and the offline command's JSON metadata give the same node."""
    message = base_pb2.Node(
        id=SIDECAR,
        cluster="reviews.shop",
        user_agent_name="envoy",
        locality={"region": "r", "zone": "z", "sub_zone": "s"},
        user_agent_build_version={"version": {"major_number": 1, "minor_number": 40}},
    )
    metadata = {
        "LABELS": {"app": "reviews"},
        "SERVICE_ACCOUNT": "reviews",
        "CLUSTER_ID": "Kubernetes",
        "ISTIO_VERSION": "1.30.3",
        "INTERCEPTION_MODE": "NONE",
        "PROXY_CONFIG": {"concurrency": 2, "tags": ["a", True, None, 1.5]},
    }
    message.metadata.update(metadata)
    node = node_of_message(message)
    assert node == node_of(
        SIDECAR,
        metadata,
        cluster="reviews.shop",
        user_agent=("envoy", "1.40.0"),
        locality=Locality(region="r", zone="z", sub_zone="s"),
    )
    assert node.istio_version == "1.30.3"
    assert node.interception_mode == "NONE"


def test_virtual_hosts_one_by_one_are_envoys_and_can_be_turned_off() -> None:
    """Whoever says `envoy` takes virtual hosts one by one, unless its metadata says no; nobody else does."""
    assert node_of(SIDECAR, {"ISTIO_VERSION": "1.30.3"}).takes_hosts_one_by_one
    assert not node_of(SIDECAR, {"GALLEY_VHDS": "false"}).takes_hosts_one_by_one
    assert not node_of(SIDECAR, {"GALLEY_VHDS": False}).takes_hosts_one_by_one
    assert not node_of(SIDECAR, {}, user_agent=("gRPC Go", "")).takes_hosts_one_by_one


@given(
    st.text(),
    st.dictionaries(
        st.sampled_from(["LABELS", "NAMESPACE", "INSTANCE_IPS", "NETWORK"]),
        st.none() | st.integers() | st.text() | st.lists(st.text()) | st.dictionaries(st.text(), st.text()),
    ),
)
def test_any_id_and_metadata_make_a_node(identity: str, metadata: dict[str, object]) -> None:
    """Whatever a client says of itself, there is a node for it: total, hashable, with a namespace."""
    node = node_of(identity, metadata)
    assert node.namespace
    assert hash(node) == hash(node_of(identity, metadata))
