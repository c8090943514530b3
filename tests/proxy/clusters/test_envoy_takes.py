"""The real Envoy takes every cluster that is made, whatever the rules say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.proxy.clusters.decoded import clusters, refusal
from tests.proxy.registry.meshes import document, entry, graph_of, rule, scope

pytestmark = pytest.mark.envoy

PORTS = [
    {"number": 80, "name": "http", "protocol": "HTTP"},
    {"number": 81, "name": "grpc", "protocol": "GRPC"},
    {"number": 82, "name": "web", "protocol": "GRPC-Web", "targetPort": 8082},
    {"number": 443, "name": "tls", "protocol": "TLS"},
    {"number": 90, "name": "tcp", "protocol": "TCP"},
    {"number": 91, "name": "any"},
]
STATIC: list[dict[str, Any]] = [
    {"address": "10.0.0.1", "labels": {"security.istio.io/tlsMode": "istio"}, "serviceAccount": "a"},
    {"address": "10.0.0.2", "weight": 5, "locality": "r1/z1/s1", "labels": {"version": "v1"}},
    {"address": "unix:///tmp/x"},
]
DNS: list[dict[str, Any]] = [
    {"address": "a.example.com"},
    {"address": "b.example.com", "locality": "r1/z1", "weight": 4_000_000_000},
    {"address": "c.example.com", "weight": 4_000_000_000},
    {"address": "unix:///tmp/x"},
]
ENDPOINTS: dict[str, list[dict[str, Any]]] = {
    "STATIC": STATIC,
    "NONE": [],
    "DNS": DNS,
    "DNS_ROUND_ROBIN": DNS,
    "DYNAMIC_DNS": [],
}
HOSTS = {name: f"{'*.' if name == 'DYNAMIC_DNS' else ''}{name.lower().replace('_', '-')}.com" for name in ENDPOINTS}
MESH = "".join(
    entry(host, resolution=name, ports=PORTS, endpoints=ENDPOINTS[name], location=location)
    for name, host in HOSTS.items()
    for location in ("MESH_EXTERNAL" if name == "DYNAMIC_DNS" else "MESH_INTERNAL",)
)

BALANCERS: list[dict[str, Any]] = [
    {},
    {"simple": "PASSTHROUGH"},
    {"simple": "RANDOM", "warmupDurationSecs": "10s"},
    {"simple": "ROUND_ROBIN", "warmup": {"duration": "10s", "minimumPercent": 20, "aggression": 1.5}},
    {"simple": "LEAST_REQUEST", "warmup": {"duration": "10s", "aggression": 0}},
    {"consistentHash": {"httpHeaderName": "x", "minimumRingSize": 2**40}},
    {"consistentHash": {"useSourceIp": True, "maglev": {"tableSize": 100}}},
    {"consistentHash": {"httpQueryParameterName": "x", "maglev": {"tableSize": 65537}}},
    {"localityLbSetting": {"distribute": [{"from": "r1/*", "to": {"r1/z1/*": 80, "*": 20}}]}},
    {"localityLbSetting": {"failover": [{"from": "r1", "to": "r2"}], "failoverPriority": ["version"]}},
    {"localityLbSetting": {"enabled": False}},
]
POOLS: list[dict[str, Any]] = [
    {},
    {"tcp": {"maxConnections": 1, "connectTimeout": "1ms", "maxConnectionDuration": "1h", "idleTimeout": "0s"}},
    {"tcp": {"tcpKeepalive": {"probes": 3, "time": "1ms", "interval": "75s"}}},
    {"http": {"http1MaxPendingRequests": 1, "http2MaxRequests": 2, "maxRequestsPerConnection": 3, "maxRetries": 4}},
    {"http": {"idleTimeout": "5s", "maxConcurrentStreams": 2**31 - 1, "h2UpgradePolicy": "UPGRADE"}},
    {"http": {"useClientProtocol": True, "maxConcurrentStreams": 1}},
]
DETECTIONS: list[dict[str, Any]] = [
    {},
    {"consecutive5xxErrors": 0, "consecutiveGatewayErrors": 0, "minHealthPercent": 100},
    {"consecutive5xxErrors": 2**32 - 1, "interval": "1ms", "baseEjectionTime": "10h", "maxEjectionPercent": 100},
    {"splitExternalLocalOriginErrors": True, "consecutiveLocalOriginFailures": 4, "consecutiveErrors": 3},
]
TLS: list[dict[str, Any]] = [
    {"mode": "DISABLE"},
    {"mode": "SIMPLE"},
    {"mode": "SIMPLE", "sni": "x.com", "subjectAltNames": ["x.com", "spiffe://a/b", "10.0.0.1"]},
    {"mode": "SIMPLE", "credentialName": "c", "subjectAltNames": ["x.com"]},
    {"mode": "SIMPLE", "insecureSkipVerify": True},
    {"mode": "MUTUAL", "credentialName": "c"},
    {"mode": "MUTUAL", "credentialName": "c", "sni": "x" * 300},
    {"mode": "MUTUAL"},
    {"mode": "ISTIO_MUTUAL"},
]
OTHERS: list[dict[str, Any]] = [{}, {"proxyProtocol": {"version": "V2"}}, {"retryBudget": {"percent": 25}}]

POLICIES = st.fixed_dictionaries(
    {},
    optional={
        "loadBalancer": st.sampled_from(BALANCERS),
        "connectionPool": st.sampled_from(POOLS),
        "outlierDetection": st.sampled_from(DETECTIONS),
        "tls": st.sampled_from(TLS),
    },
)


def mesh(policies: list[dict[str, Any]]) -> str:
    """Every kind of service under these policies, in turn, each with a subset."""
    rules = [
        rule(host, name=f"r{number}", trafficPolicy=policies[number % len(policies)], subsets=[{"name": "v1"}])
        for number, host in enumerate(HOSTS.values())
    ]
    return MESH + "".join(rules)


def made(text: str, node: str, **metadata: str) -> list[Any]:
    """All clusters of a node."""
    graph = graph_of(text)
    return list(clusters(graph, scope(graph, f"{node}~10.0.0.1~a.default~x", **metadata)).values())


@pytest.mark.parametrize("node", ["sidecar", "router"])
def test_every_setting_on_every_kind_of_service(node: str) -> None:
    """Each setting alone, on each resolution and protocol."""
    alone = [
        *({"loadBalancer": item} for item in BALANCERS),
        *({"connectionPool": item} for item in POOLS),
        *({"outlierDetection": item} for item in DETECTIONS),
        *({"tls": item} for item in TLS),
        *OTHERS,
    ]
    found = []
    for number, policy in enumerate(alone):
        for cluster in made(mesh([policy]), node):
            cluster.name = f"{number} {cluster.name}"
            cluster.load_assignment.cluster_name = cluster.name
            if not cluster.load_assignment.endpoints:
                cluster.ClearField("load_assignment")
            found.append(cluster)
    assert refusal(found) == ""


@settings(max_examples=5)
@given(st.lists(POLICIES, min_size=5, max_size=5), st.sampled_from(["sidecar", "router"]), st.booleans())
def test_settings_together(policies: list[dict[str, Any]], node: str, istio: bool) -> None:  # noqa: FBT001  drawn
    """Whatever is combined with whatever."""
    metadata = {"ISTIO_VERSION": "1.30.0"} if istio else {}
    assert refusal(made(mesh(policies), node, **metadata)) == ""


def test_clusters_of_the_own_workload() -> None:
    """Captured, not captured, behind ingress listeners, and behind a server name."""
    ingress = [
        {"port": {"number": 1000 + number, "protocol": "HTTP", "name": f"p{number}"}, "defaultEndpoint": endpoint}
        for number, endpoint in enumerate(["127.0.0.1:3000", "unix:///tmp/s", "0.0.0.0:3000", "[::1]:1", "junk"])
    ]
    sidecar = document("Sidecar", "s", {"ingress": ingress, "inboundConnectionPool": POOLS[-1]})
    server = {
        "port": {"number": 1, "name": "t", "protocol": "TLS"},
        "hosts": ["*"],
        "tls": {"mode": "AUTO_PASSTHROUGH"},
    }
    gateway = document("Gateway", "g", {"selector": {}, "servers": [server]})
    policies = [{"tls": {"mode": "ISTIO_MUTUAL"}, **policy} for policy in OTHERS]
    text = mesh(policies)
    assert refusal(made(text, "sidecar")) == ""
    assert refusal(made(text, "sidecar", INTERCEPTION_MODE="NONE")) == ""
    assert refusal(made(text + sidecar, "sidecar")) == ""
    assert refusal(made(text + gateway, "router")) == ""


def test_a_cluster_that_envoy_refuses_is_told() -> None:
    """So that the tests above mean something."""
    found = made(MESH, "sidecar")
    found[0].maglev_lb_config.table_size.value = 4
    found[0].lb_policy = 5
    assert "table size" in refusal(found)
