"""Which DestinationRules apply, how they merge, and what policy they amount to."""

from __future__ import annotations

import pytest

from pipeline.derive import Graph
from pipeline.model.key import Key
from proxy.registry.destination_rules import destination_rule_for, rules_for
from proxy.registry.traffic_policy import NO_POLICY, policy_at
from proxy.registry.vantage import SeenHost, Vantage
from tests.proxy.registry.meshes import document, entry, graph_of, rule

HOST = "x.b.example.com"
SERVICE = entry(HOST, metadata={"namespace": "b"})


def chosen(graph: Graph, namespace: str, host: str = HOST, rules: tuple[Key, ...] = ()) -> list[str]:
    """The rules that apply to a host as seen from a namespace, as `namespace/name`."""
    keys = graph.derive(rules_for, SeenHost(Vantage(namespace, None, rules), host))
    return [f"{key.namespace}/{key.name}" for key in keys]


def test_the_first_namespace_with_a_rule_wins() -> None:
    """The client's own namespace, then the service's, then the root namespace."""
    text = SERVICE + "".join(rule(HOST, name="r", metadata={"namespace": name}) for name in ("a", "b", "istio-system"))
    graph = graph_of(text)
    assert chosen(graph, "a") == ["a/r"]
    assert chosen(graph, "c") == ["b/r"]
    graph.apply({Key("DestinationRule", "b", "r"): None})
    assert chosen(graph, "c") == ["istio-system/r"]


def test_only_exported_rules_count_elsewhere() -> None:
    """A private rule of the service's namespace counts there alone."""
    graph = graph_of(SERVICE + rule(HOST, name="r", metadata={"namespace": "b"}, exportTo=["."]))
    assert chosen(graph, "b") == ["b/r"]
    assert chosen(graph, "c") == []


def test_a_client_of_the_root_namespace_takes_its_private_rules_first() -> None:
    """For it the root's public rules are the last resort, as for everybody."""
    public = rule(HOST, name="public", metadata={"namespace": "istio-system"})
    private = rule(HOST, name="private", metadata={"namespace": "istio-system"}, exportTo=["."])
    served = rule(HOST, name="served", metadata={"namespace": "b"})
    assert chosen(graph_of(SERVICE + public + served), "istio-system") == ["b/served"]
    assert chosen(graph_of(SERVICE + public + private + served), "istio-system") == ["istio-system/private"]


@pytest.mark.parametrize(
    ("hosts", "winner"),
    [
        (["*.example.com", HOST, "*"], HOST),
        (["*.example.com", "*.b.example.com", "*"], "*.b.example.com"),
        (["*"], "*"),
        (["*.com", "y.b.example.com"], "*.com"),
    ],
)
def test_the_most_specific_host_wins(hosts: list[str], winner: str) -> None:
    """Inside a namespace an exact host comes before wildcards, a longer wildcard before a shorter one."""
    text = SERVICE + "".join(rule(host, name=f"r{number}") for number, host in enumerate(hosts))
    found = graph_of(text).derive(destination_rule_for, SeenHost(Vantage("default"), HOST))
    assert found is not None
    assert [key.name for key in found.keys] == [f"r{hosts.index(winner)}"]


def test_a_wildcard_does_not_cover_its_own_domain() -> None:
    """`*.x.com` is not for `x.com`."""
    assert chosen(graph_of(entry("x.com") + rule("*.x.com")), "default", "x.com") == []


def test_short_names_are_of_the_rules_namespace() -> None:
    """A host without a dot is a service of the rule's own namespace."""
    text = document("Service", "x", {"clusterIP": "10.0.0.1"}, namespace="b") + rule("x", metadata={"namespace": "b"})
    assert chosen(graph_of(text), "c", "x.b.svc.cluster.local") == ["b/x"]
    assert chosen(graph_of(text), "c", "x.c.svc.cluster.local") == []


def test_rules_for_one_host_are_merged() -> None:
    """Subsets are united by name, the oldest first; the first top-level policy is kept."""
    text = (
        SERVICE
        + rule(
            HOST,
            name="young",
            metadata={"creationTimestamp": "2024-01-02T00:00:00Z"},
            trafficPolicy={"loadBalancer": {"simple": "RANDOM"}},
            subsets=[{"name": "v1", "labels": {"v": "young"}}, {"name": "v2", "labels": {"v": "2"}}],
        )
        + rule(
            HOST,
            name="old",
            metadata={"creationTimestamp": "2024-01-01T00:00:00Z"},
            subsets=[{"name": "v1", "labels": {"v": "1"}}],
        )
        + rule(
            HOST,
            name="other",
            exportTo=["."],
            subsets=[{"name": "v3"}],
            metadata={"creationTimestamp": "2025-01-01T00:00:00Z"},
        )
    )
    found = graph_of(text).derive(destination_rule_for, SeenHost(Vantage("default"), HOST))
    assert found is not None
    assert [key.name for key in found.keys] == ["old", "young"]
    assert [(subset.name, subset.labels) for subset in found.subsets] == [("v1", {"v": "1"}), ("v2", {"v": "2"})]
    assert found.traffic_policy is not None
    assert found.traffic_policy.load_balancer is not None
    assert found.traffic_policy.load_balancer.simple == "RANDOM"


def test_rules_that_select_the_client_come_first() -> None:
    """They count for the workloads they select, and for nobody else."""
    mine = rule(HOST, name="mine", workloadSelector={"matchLabels": {"app": "x"}})
    graph = graph_of(SERVICE + mine + rule(HOST, name="general"))
    assert chosen(graph, "default", rules=(Key("DestinationRule", "default", "mine"),)) == ["default/mine"]
    assert chosen(graph, "default") == ["default/general"]


POLICY = {
    "loadBalancer": {"simple": "RANDOM"},
    "connectionPool": {"tcp": {"maxConnections": 1}},
    "outlierDetection": {"consecutive5xxErrors": 1},
    "tls": {"mode": "SIMPLE"},
    "proxyProtocol": {"version": "V2"},
    "portLevelSettings": [{"port": {"number": 80}, "connectionPool": {"tcp": {"maxConnections": 80}}}],
}
SUBSETS = [
    {"name": "plain"},
    {"name": "own", "trafficPolicy": {"loadBalancer": {"simple": "ROUND_ROBIN"}}},
    {"name": "port", "trafficPolicy": {"portLevelSettings": [{"port": {"number": 90}, "tls": {"mode": "DISABLE"}}]}},
]


def policy(port: int, subset: str) -> tuple[str | None, int | None, bool, str | None, bool]:
    """The balancer, connections, outlier detection, TLS mode and PROXY protocol of a port of a subset."""
    graph = graph_of(SERVICE + rule(HOST, trafficPolicy=POLICY, subsets=SUBSETS))
    found = policy_at(graph.derive(destination_rule_for, SeenHost(Vantage("default"), HOST)), port, subset)
    pool = found.connection_pool.tcp if found.connection_pool else None
    return (
        found.load_balancer.simple if found.load_balancer else None,
        pool.max_connections if pool else None,
        found.outlier_detection is not None,
        found.tls.mode if found.tls else None,
        found.proxy_protocol is not None,
    )


def test_policies_override_level_by_level() -> None:
    """A port's settings replace four fields as a whole, absent ones too; a subset overrides field by field."""
    assert policy(90, "") == ("RANDOM", 1, True, "SIMPLE", True)
    assert policy(80, "") == (None, 80, False, None, True)
    assert policy(90, "plain") == ("RANDOM", 1, True, "SIMPLE", True)
    assert policy(90, "own") == ("ROUND_ROBIN", 1, True, "SIMPLE", True)
    assert policy(80, "own") == ("ROUND_ROBIN", 80, False, None, True)
    assert policy(90, "port") == (None, None, False, "DISABLE", True)
    assert policy(80, "port") == (None, 80, False, None, True)


def test_no_rule_is_no_policy() -> None:
    """Without a rule everything is default."""
    assert policy_at(None, 80, "v1") is NO_POLICY
