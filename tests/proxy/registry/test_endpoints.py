"""The endpoints of services, and what a proxy's own workload serves."""

from __future__ import annotations

from proxy.registry.endpoints import endpoints_of
from proxy.registry.service import Endpoint, Locality, PortKey
from proxy.registry.services import HostIn, service_in
from tests.proxy.registry.meshes import document, entry, graph_of, scope

PORTS = [{"number": 80, "name": "http", "protocol": "HTTP", "targetPort": 8080}, {"number": 90, "name": "tcp"}]


def endpoints(text: str, host: str = "a.com", port: int = 80) -> tuple[Endpoint, ...]:
    """The endpoints of a port of a host of the namespace `default`."""
    graph = graph_of(text)
    service = graph.derive(service_in, HostIn("default", host))
    assert service is not None
    return graph.derive(endpoints_of, PortKey(service.key, host, port))


def places(found: tuple[Endpoint, ...]) -> list[tuple[str, int]]:
    """Addresses and ports."""
    return [(endpoint.address, endpoint.port) for endpoint in found]


def test_the_port_of_an_endpoint() -> None:
    """None for a socket, else what the endpoint calls by the port's name, the target port, the port's number."""
    text = entry(
        "a.com",
        ports=PORTS,
        endpoints=[{"address": "1.1.1.1", "ports": {"http": 7}}, {"address": "1.1.1.2"}, {"address": "unix:///s"}],
    )
    assert places(endpoints(text)) == [("1.1.1.1", 7), ("1.1.1.2", 8080), ("unix:///s", 0)]
    assert places(endpoints(text, port=90)) == [("1.1.1.1", 90), ("1.1.1.2", 90), ("unix:///s", 0)]
    assert endpoints(text, port=99) == ()


def test_what_an_endpoint_says_of_itself() -> None:
    """Labels, locality, weight, network and service account are carried; only a label marks mutual TLS."""
    written = {
        "address": "1.1.1.1",
        "labels": {"b": "2", "a": "1"},
        "locality": "r/z/s",
        "weight": 3,
        "network": "n",
        "serviceAccount": "sa",
    }
    marked = {"address": "1.1.1.2", "labels": {"security.istio.io/tlsMode": "istio", "istio-locality": "r.z"}}
    first, second = endpoints(entry("a.com", endpoints=[written, marked]))
    assert first.labels == (("a", "1"), ("b", "2"))
    assert first.locality == Locality("r", "z", "s")
    assert (first.weight, first.network, first.service_account) == (3, "n", "sa")
    assert second.tls_mode == "istio"
    assert second.locality == Locality("r", "z")


def test_a_dns_service_without_endpoints_is_its_own() -> None:
    """Its host is resolved; a wildcard cannot be."""
    assert places(endpoints(entry("a.com", resolution="DNS", ports=PORTS))) == [("a.com", 8080)]
    assert endpoints(entry("*.a.com", resolution="DNS", ports=PORTS), "*.a.com") == ()


def test_entries_of_one_host_share_their_endpoints() -> None:
    """Each gives those of its own ports."""
    text = entry("a.com", name="x", endpoints=[{"address": "1.1.1.1"}]) + entry(
        "a.com", name="y", endpoints=[{"address": "1.1.1.2"}]
    )
    assert places(endpoints(text)) == [("1.1.1.1", 80), ("1.1.1.2", 80)]


def workload(name: str, address: str, namespace: str = "default", **labels: str) -> str:
    """A WorkloadEntry with these labels."""
    return document(
        "WorkloadEntry", name, {"address": address, "labels": labels, "ports": {"http": 7}}, namespace=namespace
    )


def test_a_selector_finds_workloads_of_its_namespace() -> None:
    """All labels must match; labels of the metadata count too; pods are workloads as well."""
    pod = """---
kind: Pod
metadata: {name: p, labels: {app: a, v: "1"}}
spec: {serviceAccountName: sa, nodeName: n, containers: [{ports: [{name: api, containerPort: 81}]}]}
status: {podIP: 1.1.1.5, conditions: [{type: Ready, status: "True"}]}
---
kind: Node
metadata: {name: n, labels: {topology.kubernetes.io/region: r, topology.kubernetes.io/zone: z}}
"""
    text = (
        entry("a.com", ports=PORTS, workloadSelector={"labels": {"app": "a", "v": "1"}})
        + workload("both", "1.1.1.1", app="a", v="1")
        + workload("one", "1.1.1.2", app="a")
        + workload("away", "1.1.1.3", "other", app="a", v="1")
        + document("WorkloadEntry", "meta", {"address": "1.1.1.4"}, labels={"app": "a", "v": "1"})
        + pod
    )
    found = endpoints(text)
    assert places(found) == [("1.1.1.1", 7), ("1.1.1.4", 8080), ("1.1.1.5", 8080)]
    assert found[2].locality == Locality("r", "z")
    assert found[2].service_account == "sa"


SLICES = """---
kind: Service
metadata: {name: a}
spec: {clusterIP: 10.0.0.1, selector: {app: a}, ports: [{name: http, port: 80, targetPort: api}]}
---
kind: EndpointSlice
metadata: {name: a-1, labels: {kubernetes.io/service-name: a}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints:
- {addresses: [1.1.1.1], targetRef: {kind: Pod, name: p}, nodeName: n}
- {addresses: [1.1.1.2], conditions: {ready: false}, zone: z9}
---
kind: EndpointSlice
metadata: {name: a-2, labels: {kubernetes.io/service-name: a}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints:
- {addresses: [1.1.1.2], conditions: {ready: true}}
- {addresses: [1.1.1.3], conditions: {ready: false}}
---
kind: Pod
metadata: {name: p, labels: {app: a, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: sa, nodeName: n}
status: {podIP: 1.1.1.1, conditions: [{type: Ready, status: "True"}]}
---
kind: Node
metadata:
  name: n
  labels: {topology.kubernetes.io/region: r, topology.kubernetes.io/zone: z, topology.istio.io/subzone: s}
"""


def test_slices_of_a_kubernetes_service() -> None:
    """An address counts once, ready in any slice; the pod behind it gives labels, account and place."""
    found = {item.address: item for item in endpoints(SLICES, "a.default.svc.cluster.local")}
    assert {address: item.healthy for address, item in found.items()} == {
        "1.1.1.1": True,
        "1.1.1.2": True,
        "1.1.1.3": False,
    }
    first = found["1.1.1.1"]
    assert first.labels == (("app", "a"), ("security.istio.io/tlsMode", "istio"))
    assert (first.locality, first.service_account, first.tls_mode) == (Locality("r", "z", "s"), "sa", "istio")


def instances(text: str, ip: str, namespace: str = "default", **labels: str) -> list[tuple[str, int, int]]:
    """Host, port and target port of what a sidecar at an address serves."""
    graph = graph_of(text)
    found = scope(graph, f"sidecar~{ip}~w.{namespace}~{namespace}.svc.cluster.local", LABELS=labels)
    return [(item.host, item.port, item.target_port) for item in found.instances]


def test_a_workload_serves_what_has_its_address() -> None:
    """Inline endpoints, WorkloadEntries, slices and pods are found by address."""
    text = entry("a.com", ports=PORTS, endpoints=[{"address": "1.1.1.9"}]) + SLICES
    assert instances(text, "1.1.1.9") == [("a.com", 80, 8080), ("a.com", 90, 90)]
    assert instances(text, "1.1.1.1") == [("a.default.svc.cluster.local", 80, 8080)]
    selected = entry("b.com", workloadSelector={"labels": {"app": "b"}}) + workload("w", "1.1.1.7", app="b")
    assert instances(selected, "1.1.1.7") == [("b.com", 80, 7)]
    assert instances(selected, "1.1.1.8") == []


def test_a_workload_serves_what_selects_its_labels() -> None:
    """A service of its namespace that selects labels which the proxy says it has."""
    text = entry("b.com", ports=PORTS, workloadSelector={"labels": {"app": "b"}}) + SLICES
    assert instances(text, "", app="b", x="y") == [("b.com", 80, 8080), ("b.com", 90, 90)]
    assert instances(text, "", "other", app="b") == []
    assert instances(text, "", app="a") == [], "a container port that only the pod knows by name"


def test_the_oldest_service_comes_first() -> None:
    """So that it wins a target port that several share."""
    young, old = {"creationTimestamp": "2024-01-01T00:00:00Z"}, {"creationTimestamp": "2023-01-01T00:00:00Z"}
    text = entry("a.com", metadata=young, endpoints=[{"address": "1.1.1.1"}]) + entry(
        "b.com", metadata=old, endpoints=[{"address": "1.1.1.1"}]
    )
    assert [host for host, _, _ in instances(text, "1.1.1.1")] == ["b.com", "a.com"]


def test_proxies_that_differ_by_address_alone_share_a_scope() -> None:
    """What they see is one thing then, made once."""
    graph = graph_of(entry("a.com", endpoints=[{"address": "1.1.1.1"}, {"address": "1.1.1.2"}]))
    assert scope(graph, "sidecar~1.1.1.1~a.default~x") == scope(graph, "sidecar~1.1.1.2~b.default~x")
    assert scope(graph, "sidecar~1.1.1.3~a.default~x").instances == ()
    assert scope(graph, "router~1.1.1.1~a.default~x").instances == ()


def test_a_proxy_that_says_little_is_known_by_its_address() -> None:
    """Labels and locality come from the registry where the node has none."""
    graph = graph_of(SLICES)
    found = scope(graph, "sidecar~1.1.1.1~p.default~x")
    assert dict(found.labels)["app"] == "a"
    nameless = SLICES + document("WorkloadEntry", "a-first", {"address": "1.1.1.1"})
    assert dict(scope(graph_of(nameless), "sidecar~1.1.1.1~p.default~x").labels)["app"] == "a"
    assert found.locality == Locality("r", "z", "s")


PODS = """---
kind: Service
metadata: {name: a}
spec: {clusterIP: 10.0.0.1, selector: {app: a}, ports: [{name: api, port: 80, targetPort: web}, {name: web, port: 81}]}
---
kind: Pod
metadata: {name: p, labels: {app: a}}
spec: {containers: [{ports: [{name: web, containerPort: 8080}]}]}
status: {podIP: 1.1.1.1, conditions: [{type: Ready, status: "True"}]}
"""


def test_a_service_without_slices_has_the_pods_it_selects() -> None:
    """A target port may be a container's by name; a container's name means nothing else."""
    assert places(endpoints(PODS, "a.default.svc.cluster.local")) == [("1.1.1.1", 8080)]
    assert places(endpoints(PODS, "a.default.svc.cluster.local", 81)) == [("1.1.1.1", 81)]
    assert instances(PODS, "1.1.1.1") == [
        ("a.default.svc.cluster.local", 80, 8080),
        ("a.default.svc.cluster.local", 81, 81),
    ]


def test_slices_say_all_pods() -> None:
    """Where there are slices, a pod that is in none is no endpoint, and an entry still is."""
    stray = PODS.replace("name: p,", "name: stray,").replace("1.1.1.1", "1.1.1.8").split("---")[-1]
    found = endpoints(SLICES + "---" + stray + workload("w", "1.1.1.7", app="a"), "a.default.svc.cluster.local")
    assert [item.address for item in found] == ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.7"]
