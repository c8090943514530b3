"""From attributes to labels."""

from typing import Any

import pytest

from mixer.attributes import LONGEST as LONGEST_READ
from mixer.attributes import Traffic, of_http
from mixer.index import Index
from mixer.labels import LONGEST, Labels
from mixer.reporter import Reporter, reporter_of
from mixer.resolve import resolve
from tests.mixer.builders import (
    REVIEWS,
    common,
    endpoint_slice,
    entry,
    http,
    index,
    mtls,
    node,
    pod,
    service,
    service_entry,
)

REVIEWS_LABELS = {"app": "reviews", "version": "v1"}
INBOUND = "inbound|9080||"


def _traffic(authority: str = "reviews", **properties: object) -> Traffic:
    report = of_http(http(common(**properties), request={"authority": authority}))  # type: ignore[arg-type]
    assert report is not None
    return report.traffic


def _reporter(identity: str = "sidecar~10.0.0.1~web-1.default~x", **metadata: Any) -> Reporter:  # noqa: ANN401  JSON
    return reporter_of(node(identity, **metadata))


def _mesh() -> Index:
    return index(
        service(),
        entry("web-1", "10.0.0.1", {"app": "web", "version": "v3"}),
        entry("reviews-v1", "10.0.0.2", REVIEWS_LABELS),
    )


def test_the_client_s_proxy_names_itself_the_service_and_whom_it_reached() -> None:
    """Service by the cluster's name, destination by its address, source by the node's name."""
    labels = resolve(_traffic(), _reporter(), _mesh())
    assert labels == Labels(
        reporter="source",
        source_workload="web-1",
        source_workload_namespace="default",
        source_principal="unknown",
        source_app="web",
        source_version="v3",
        source_canonical_service="web",
        source_canonical_revision="v3",
        source_cluster="unknown",
        destination_workload="reviews-v1",
        destination_workload_namespace="default",
        destination_principal="unknown",
        destination_app="reviews",
        destination_version="v1",
        destination_service=REVIEWS,
        destination_service_name="reviews",
        destination_service_namespace="default",
        destination_canonical_service="reviews",
        destination_canonical_revision="v1",
        destination_cluster="unknown",
        request_protocol="http",
        response_flags="-",
        connection_security_policy="unknown",
        response_code="200",
        grpc_response_status="",
    )


def test_the_servers_proxy_names_its_caller_by_address_and_its_service_by_what_selects_it() -> None:
    """An inbound cluster has no host in its name; with mutual TLS, both identities are there."""
    a, b = "spiffe://cluster.local/ns/default/sa/web", "spiffe://cluster.local/ns/default/sa/reviews"
    traffic = _traffic(cluster=INBOUND, source="10.0.0.1:40000", local="10.0.0.2:9080", tls_properties=mtls(a, b))
    labels = resolve(traffic, _reporter("sidecar~10.0.0.2~reviews-v1.default~x"), _mesh())
    assert (labels.reporter, labels.connection_security_policy) == ("destination", "mutual_tls")
    assert (labels.source_workload, labels.destination_workload) == ("web-1", "reviews-v1")
    assert (labels.source_principal, labels.destination_principal) == (a, b)
    assert (labels.destination_service, labels.destination_service_name) == (REVIEWS, "reviews")


def test_what_a_proxy_says_of_itself_comes_before_what_is_found() -> None:
    """Metadata name workload, labels and cluster, as in Istio's own proxies."""
    metadata: dict[str, Any] = {"WORKLOAD_NAME": "shop", "LABELS": {"app": "s", "version": "v7"}, "CLUSTER_ID": "east"}
    labels = resolve(_traffic(), _reporter(**metadata), _mesh())
    assert (labels.source_workload, labels.source_version, labels.source_cluster) == ("shop", "v7", "east")


@pytest.mark.parametrize("identity", ["sidecar~10.0.0.1~other.default~x", "sidecar~10.0.0.9~web-1.default~x", "web-1"])
def test_a_proxy_that_says_little_is_found_by_its_address_or_its_name(identity: str) -> None:
    """An id that is not Istio's is a name in namespace `default`."""
    assert resolve(_traffic(), _reporter(identity), _mesh()).source_app == "web"


def test_what_is_not_known_is_unknown_and_never_a_guess() -> None:
    """A snapshot without the objects: the cluster's name still gives the service, and the node its own name."""
    labels = resolve(_traffic(authority="evil"), _reporter(), Index())
    assert (labels.destination_service, labels.destination_service_name) == (REVIEWS, "reviews")
    assert (labels.destination_workload, labels.destination_version) == ("unknown", "unknown")
    assert (labels.source_workload, labels.source_workload_namespace) == ("web-1", "default")
    assert "evil" not in labels


def test_a_caller_whom_no_address_tells_still_has_its_certificates_namespace() -> None:
    """Its workload stays unknown."""
    client = "spiffe://cluster.local/ns/far/sa/web"
    traffic = _traffic(cluster=INBOUND, source="9.9.9.9:1", tls_properties=mtls(client, client))
    labels = resolve(traffic, _reporter(), Index())
    assert (labels.source_workload, labels.source_workload_namespace) == ("unknown", "far")


def test_an_address_does_not_speak_against_a_certificate() -> None:
    """Behind an address translation, or a proxy, the address is another's: the namespace is the certificate's."""
    client = "spiffe://cluster.local/ns/far/sa/web"
    labels = resolve(_traffic(cluster=INBOUND, tls_properties=mtls(client, client)), _reporter(), _mesh())
    assert (labels.source_workload, labels.source_workload_namespace) == ("unknown", "far")


@pytest.mark.parametrize(
    ("cluster", "reporter", "name"),
    [
        ("PassthroughCluster", "source", "PassthroughCluster"),
        ("BlackHoleCluster", "source", "BlackHoleCluster"),
        ("InboundPassthroughCluster", "destination", "InboundPassthroughCluster"),
        ("", "source", "unknown"),
        ("outbound|443||api.example.com", "source", "api.example.com"),
        ("outbound|||", "source", "unknown"),
        ("agent", "source", "unknown"),
    ],
)
def test_clusters_that_are_no_service_of_the_mesh_have_names_of_their_own(
    cluster: str, reporter: str, name: str
) -> None:
    """As in Istio's metrics."""
    labels = resolve(_traffic(cluster=cluster), _reporter(), Index())
    assert (labels.reporter, labels.destination_service_name) == (reporter, name)


def test_without_a_cluster_the_side_is_told_by_the_address_that_was_called() -> None:
    """A refusal before routing has no cluster: one's own address is inbound, but never at a gateway."""
    traffic = _traffic(cluster="", local="10.0.0.1:80")
    assert resolve(traffic, _reporter(), Index()).reporter == "destination"
    assert resolve(traffic, _reporter("router~10.0.0.1~gw.default~x"), Index()).reporter == "source"


def test_of_several_services_of_a_workload_the_one_that_was_asked_for_counts() -> None:
    """By any of the names that clients use; a host that is none of them only leads to the first."""
    other = service_entry("books.example.com", selector={"app": "reviews"})
    known = index(service(), other, entry("reviews-v1", "10.0.0.2", REVIEWS_LABELS))
    reporter = _reporter("sidecar~10.0.0.2~reviews-v1.default~x")
    for authority, expected in (
        ("reviews", REVIEWS),
        ("REVIEWS.default:9080", REVIEWS),
        (f"{REVIEWS}:80", REVIEWS),
        ("books.example.com", "books.example.com"),
        ("anything", "books.example.com"),
    ):
        traffic = _traffic(authority, cluster=INBOUND, local="10.0.0.2:9080")
        assert resolve(traffic, reporter, known).destination_service == expected


def test_workloads_that_share_an_address_are_told_by_port_and_by_service() -> None:
    """As on one machine: by port where entries name ports, by the service's selector where they do not."""
    ported = index(
        entry("one", "127.0.0.1", {"app": "a"}, port=8001), entry("two", "127.0.0.1", {"app": "b"}, port=8002)
    )
    assert resolve(_traffic(upstream="127.0.0.1:8002"), _reporter(), ported).destination_workload == "two"
    assert resolve(_traffic(upstream="127.0.0.1:9999"), _reporter(), ported).destination_workload == "unknown"
    selected = index(service(), entry("one", "10.0.0.2", {"app": "reviews"}), entry("two", "10.0.0.2", {"app": "b"}))
    assert resolve(_traffic(), _reporter(), selected).destination_workload == "one"
    alone = index(entry("one", "127.0.0.1", {"app": "a"}))
    caller = _traffic(cluster=INBOUND, source="127.0.0.1:40000")
    for known in (ported, alone):
        assert resolve(caller, _reporter(), known).source_workload == "unknown"


def test_kubernetes_names_pods_by_their_deployment_and_services_by_their_slices() -> None:
    """The slice says the pod is there; the pod says what it is."""
    labels = {"app": "reviews", "pod-template-hash": "abc"}
    known = index(
        service(),
        pod("reviews-v1-abc-x1y2z", "10.0.0.2", labels),
        endpoint_slice("reviews", "10.0.0.2", 9080, "reviews-v1-abc-x1y2z"),
    )
    found = resolve(_traffic(), _reporter(), known)
    assert (found.destination_workload, found.destination_app) == ("reviews-v1", "reviews")
    assert (
        known.from_address("10.0.0.2") == known.at("10.0.0.2", 9080) == known.named("default", "reviews-v1-abc-x1y2z")
    )
    inbound = _traffic(cluster=INBOUND, local="10.0.0.2:9080", authority="x")
    assert resolve(inbound, _reporter("sidecar~10.0.0.2~a.default~x"), known).destination_service == REVIEWS


def test_a_slice_alone_names_the_pod_it_points_to() -> None:
    """Where the snapshot has no pods."""
    found = resolve(_traffic(), _reporter(), index(service(), endpoint_slice("reviews", "10.0.0.2", 9080, "pod-1")))
    assert found.destination_workload == "pod-1"


def test_an_endpoint_within_a_service_entry_has_its_labels() -> None:
    """It has no name, so its workload is unknown; a named port leads to its own number."""
    endpoints: list[dict[str, Any]] = [
        {"address": "10.0.0.2", "ports": {"http": 9080}, "labels": REVIEWS_LABELS},
        {"address": "example.com"},
        {"address": "unix:///socket"},
    ]
    known = index(service_entry("books.example.com", endpoints))
    labels = resolve(_traffic(cluster="outbound|80||books.example.com"), _reporter(), known)
    assert (labels.destination_workload, labels.destination_version) == ("unknown", "v1")
    assert labels.destination_service_namespace == "default"


def test_a_pod_on_its_nodes_address_is_known_by_its_ports_alone() -> None:
    """Others share the address."""
    containers = [{"name": "c", "ports": [{"containerPort": 9080}]}]
    known = index(pod("agent", "10.0.0.2", {"app": "agent"}, hostNetwork=True, containers=containers))
    assert resolve(_traffic(), _reporter(), known).destination_workload == "agent"


def test_a_host_of_two_namespaces_is_that_of_the_clients_own() -> None:
    """Else the first by namespace and name, whatever the order they came in."""
    mine = service_entry("a.example.com")
    known = index(mine, service("x"))
    assert known.service("a.example.com", "other") is not None
    assert known.service("a.example.com", "default") == known.service("a.example.com", "zzz")
    assert known.service("none", "default") is None


def test_what_is_remembered_of_a_record_is_bounded() -> None:
    """A megabyte of a name, by the proxy or by whoever called it, is neither kept with the record nor a label."""
    long = "x" * 1_000_000
    peer = mtls(f"spiffe://cluster.local/ns/a/sa/{long}", f"spiffe://cluster.local/ns/a/sa/{long}")
    for cluster in (f"outbound|80||{long}", f"inbound|80||{long}"):
        traffic = _traffic(long, upstream_cluster=cluster, tls_properties=peer)
        assert max(len(value) for value in traffic if isinstance(value, str)) <= LONGEST_READ
        labels = resolve(traffic, _reporter(f"sidecar~10.0.0.9~{long}.{long}~x", CLUSTER_ID=long), _mesh())
        assert max(map(len, labels)) <= LONGEST
