"""What an edit costs, and that it leaves nothing stale."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.derive import Graph
from pipeline.model.key import Key
from pipeline.model.resource import Resource
from proxy.node import node_of
from proxy.scope import scope_of
from proxy.translate.clusters import cluster_refs
from proxy.translate.endpoints import endpoint_refs
from tests.proxy.clusters.recount import CountingGraph, edit, watch
from tests.proxy.registry.meshes import document, entry, mesh_file, resources, rule, scope

SERVICES = 300


def service(number: int, address: str = "10.0.0.1", **spec: Any) -> str:  # noqa: ANN401  JSON values
    """One service of the mesh."""
    endpoints = [
        {"address": address, "labels": {"version": "v1"}},
        {"address": "10.0.0.2", "labels": {"version": "v2"}},
    ]
    return entry(f"s{number}.com", endpoints=endpoints, **spec)


def policy(number: int, connections: int = 1, *subsets: str) -> str:
    """The rule of one service."""
    return rule(
        f"s{number}.com",
        trafficPolicy={"connectionPool": {"tcp": {"maxConnections": connections}}, "outlierDetection": {}},
        subsets=[{"name": name, "labels": {"version": name}} for name in subsets or ("v1", "v2")],
    )


def mesh() -> CountingGraph:
    """300 services with two subsets each, watched by clients of two namespaces."""
    graph = CountingGraph()
    graph.apply(_documents())
    for namespace in ("default", "other"):
        watch(graph, scope(graph, f"sidecar~1.1.1.1~c.{namespace}~{namespace}.svc.cluster.local"))
    graph.settle()
    return graph


@cache
def _documents() -> dict[Key, Resource]:
    return resources("".join(service(number) + policy(number) for number in range(SERVICES)))


def names(number: int, *subsets: str) -> list[str]:
    """The names of a service's clusters."""
    return [f"outbound|80|{subset}|s{number}.com" for subset in subsets]


def test_clients_of_all_namespaces_share_what_they_see() -> None:
    """Clusters and assignments are made once, not once a namespace."""
    ran = mesh().ran
    assert ran["outbound_cluster_of"] == ran["load_assignment"] == 3 * SERVICES
    assert ran["service_refs"] == ran["merged_rule"] == ran["service_in"] == SERVICES


def test_a_rule_edit_costs_the_clusters_of_its_host() -> None:
    """No assignment is made again, no name joined again."""
    graph = mesh()
    ran, changed = edit(graph, resources(policy(7, 2)))
    assert changed == names(7, "v1", "v2", "")
    assert ran["outbound_cluster_of"] == 3
    assert ran["load_assignment"] == ran["outbound_refs"] == ran["visible_hosts"] == 0
    assert sum(ran.values()) <= 15


def test_an_endpoint_edit_costs_the_assignments_it_is_in() -> None:
    """One subset's and the whole service's; no cluster."""
    graph = mesh()
    ran, changed = edit(graph, resources(service(7, "10.0.0.9")))
    assert changed == names(7, "v1", "")
    assert ran["load_assignment"] == 3
    assert ran["outbound_cluster_of"] == ran["outbound_refs"] == ran["visible_hosts"] == ran["scope_of"] == 0
    assert sum(ran.values()) <= 15


def test_a_new_subset_costs_one_join() -> None:
    """The names of one service change; the others are not looked at again, and both namespaces see the same."""
    graph = mesh()
    ran, changed = edit(graph, resources(policy(7, 1, "v1", "v2", "v3")))
    assert set(changed) == {"cluster_refs", "endpoint_refs"}
    assert ran["outbound_refs"] == ran["service_refs"] == 1
    assert ran["outbound_cluster_of"] <= 3
    assert ran["load_assignment"] <= 3


def test_a_new_service_costs_itself_and_the_joins() -> None:
    """What is known of the others stays."""
    graph = mesh()
    ran, _ = edit(graph, resources(service(SERVICES)))
    assert ran["service_in"] == ran["services_of"] == ran["service_refs"] == 1
    assert ran["outbound_cluster_of"] == ran["load_assignment"] == 0
    assert sum(ran.values()) <= 35


def test_what_does_not_matter_to_clusters_costs_nothing() -> None:
    """A mesh setting of listeners, a VirtualService, another namespace's Sidecar."""
    graph = mesh()
    graph.apply(mesh_file({"accessLogFile": "/dev/stdout"}))
    routes = {"hosts": ["s1.com"], "http": [{"route": [{"destination": {"host": "s1.com"}}]}]}
    text = document("VirtualService", "v", routes) + document("Sidecar", "s", {}, namespace="away")
    ran, changed = edit(graph, resources(text))
    assert changed == []
    assert ran["outbound_cluster_of"] == ran["service_refs"] == ran["outbound_refs"] == 0


def test_a_mesh_setting_of_clusters_changes_them_all() -> None:
    """And no assignment."""
    graph = mesh()
    ran, changed = edit(graph, mesh_file({"connectTimeout": "3s"}))
    assert ran["load_assignment"] == 0
    assert len(set(changed)) >= 3 * SERVICES


NAMESPACES = st.sampled_from(["a", "b", "istio-system"])
HOSTS = st.sampled_from(["x.com", "y.com", "*.com", "w.com"])
EXPORTS = st.sampled_from([[], ["*"], ["."], ["~"], ["b"]])
META = st.fixed_dictionaries({"namespace": NAMESPACES, "creationTimestamp": st.sampled_from(["", "2020", "2021"])})
NAMES = st.sampled_from(["n1", "n2"])
LABELS = st.sampled_from([{}, {"v": "1"}, {"v": "2"}, {"v": "1", "app": "w"}])
ENDPOINT = st.fixed_dictionaries(
    {"address": st.sampled_from(["1.1.1.1", "1.1.1.2", "h.com"]), "labels": LABELS},
    optional={"locality": st.sampled_from(["r1", "r2"]), "weight": st.integers(1, 3)},
)
PORT = st.fixed_dictionaries(
    {"number": st.sampled_from([80, 90]), "name": st.just("http"), "protocol": st.sampled_from(["HTTP", "TCP", "UDP"])}
)
ENTRY = st.builds(
    lambda host, name, meta, spec: entry(host, name=name, metadata=meta, **spec),
    HOSTS,
    NAMES,
    META,
    st.one_of(
        st.fixed_dictionaries(
            {
                "resolution": st.sampled_from(["STATIC", "DNS", "NONE"]),
                "endpoints": st.lists(ENDPOINT, max_size=2),
                "ports": st.lists(PORT, min_size=1, max_size=2),
                "exportTo": EXPORTS,
            }
        ),
        st.fixed_dictionaries({"workloadSelector": st.just({"labels": {"app": "w"}})}),
        st.just({"hosts": 3}),
    ),
)
POLICY = st.sampled_from(
    [{}, {"outlierDetection": {}}, {"tls": {"mode": "ISTIO_MUTUAL"}}, {"loadBalancer": {"simple": "PASSTHROUGH"}}]
)
RULE = st.builds(
    lambda host, name, meta, spec: rule(host, name=name, metadata=meta, **spec),
    HOSTS,
    NAMES,
    META,
    st.fixed_dictionaries(
        {
            "trafficPolicy": POLICY,
            "exportTo": EXPORTS,
            "subsets": st.lists(
                st.fixed_dictionaries({"name": st.sampled_from(["v1", "v2"]), "labels": LABELS}), max_size=2
            ),
        },
        optional={"workloadSelector": st.just({"matchLabels": {"app": "w"}})},
    ),
)
SIDECAR = st.builds(
    lambda name, meta, spec: document("Sidecar", name, spec, **meta),
    NAMES,
    META,
    st.fixed_dictionaries(
        {
            "egress": st.lists(
                st.fixed_dictionaries({"hosts": st.sampled_from([["./*"], ["*/x.com"], ["a/*", "~/*"]])}), max_size=1
            )
        },
        optional={"workloadSelector": st.just({"labels": {"app": "w"}})},
    ),
)
WORKLOAD = st.builds(lambda name, meta, spec: document("WorkloadEntry", name, spec, **meta), NAMES, META, ENDPOINT)
ROUTES = st.builds(
    lambda name, meta, host: document(
        "VirtualService", name, {"hosts": ["x.com"], "http": [{"route": [{"destination": {"host": host}}]}]}, **meta
    ),
    NAMES,
    META,
    HOSTS,
)
DELETED = st.builds(
    Key,
    st.sampled_from(["ServiceEntry", "DestinationRule", "Sidecar", "WorkloadEntry", "VirtualService"]),
    NAMESPACES,
    NAMES,
)
EDITS = st.lists(
    st.lists(st.one_of(ENTRY, RULE, SIDECAR, WORKLOAD, ROUTES, DELETED), min_size=1, max_size=3), min_size=1, max_size=6
)
NODES = [
    node_of("sidecar~1.1.1.1~w.a~a.svc.cluster.local", {"LABELS": {"app": "w"}}),
    node_of("sidecar~1.1.1.3~c.b~b.svc.cluster.local", {}),
    node_of("router~1.1.1.2~g.istio-system~istio-system.svc.cluster.local", {}),
]


def everything(graph: Graph) -> dict[tuple[str, str, str], bytes | None]:
    """What each node is sent."""
    found = {}
    for node in NODES:
        client = graph.derive(scope_of, node)
        for rule_ in (cluster_refs, endpoint_refs):
            for ref in graph.derive(rule_, client):
                made = graph.derive(ref.rule, ref.key)
                found[node.id, rule_.__name__, ref.name] = made.body if made is not None else None
    return found


@given(EDITS)
def test_edits_leave_what_a_fresh_start_makes(edits: list[list[str | Key]]) -> None:
    """After any edits in any order, every proxy is sent what a graph of the last state alone would send it."""
    graph = Graph()
    state: dict[Key, Any] = {}
    for batch in edits:
        changes: dict[Key, Any] = {}
        for item in batch:
            changes.update({item: None} if isinstance(item, Key) else resources(item))
        state.update(changes)
        graph.apply(changes)
        graph.settle()
        fresh = Graph()
        fresh.apply({key: item for key, item in state.items() if item is not None})
        assert everything(graph) == everything(fresh)


@given(EDITS)
def test_names_are_sorted_and_once(edits: list[list[str | Key]]) -> None:
    """Whatever the mesh, a proxy has no two clusters of one name, and every assignment has its cluster."""
    graph = Graph()
    for batch in edits:
        for item in batch:
            graph.apply({item: None} if isinstance(item, Key) else resources(item))
    for node in NODES:
        client = graph.derive(scope_of, node)
        found = [ref.name for ref in graph.derive(cluster_refs, client)]
        assert found == sorted(set(found))
        assert {ref.name for ref in graph.derive(endpoint_refs, client)} <= set(found)
