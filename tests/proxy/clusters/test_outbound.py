"""Clusters of services: their types, pools, balancers, protocols."""

from __future__ import annotations

from typing import Any

import pytest

from proxy.scope import Scope
from tests.proxy.clusters.decoded import as_json, clusters, http_options
from tests.proxy.registry.meshes import document, entry, graph_of, rule, scope

HOST = "a.com"
NAME = "outbound|80||a.com"
ROUTER = "router~10.9.9.9~gateway.default~default.svc.cluster.local"
UNLIMITED = 2**32 - 1


def cluster(policy: dict[str, Any] | None = None, *, node: str = "", **spec: Any) -> Any:  # noqa: ANN401  JSON values
    """The cluster of `a.com`, under a policy."""
    text = entry(HOST, **spec) + (rule(HOST, trafficPolicy=policy) if policy is not None else "")
    graph = graph_of(text)
    return clusters(graph, scope(graph, node) if node else scope(graph)).get(NAME)


def test_a_plain_cluster_has_istios_defaults() -> None:
    """EDS over ADS, least request, ten seconds to connect, no bounds, and where it is from."""
    assert as_json(cluster()) == {
        "name": NAME,
        "type": "EDS",
        "edsClusterConfig": {"edsConfig": {"ads": {}, "resourceApiVersion": "V3"}},
        "connectTimeout": "10s",
        "lbPolicy": "LEAST_REQUEST",
        "commonLbConfig": {"localityWeightedLbConfig": {}},
        "circuitBreakers": {
            "thresholds": [
                {
                    "maxConnections": UNLIMITED,
                    "maxPendingRequests": UNLIMITED,
                    "maxRequests": UNLIMITED,
                    "maxRetries": UNLIMITED,
                    "trackRemaining": True,
                }
            ]
        },
        "metadata": {
            "filterMetadata": {
                "istio": {
                    "default_original_port": 80.0,
                    "services": [{"host": HOST, "name": HOST, "namespace": "default"}],
                }
            }
        },
    }


@pytest.mark.parametrize(
    ("resolution", "type_", "on_gateways"),
    [
        ("STATIC", "EDS", "EDS"),
        ("NONE", "ORIGINAL_DST", "EDS"),
        ("DNS", "STRICT_DNS", "STRICT_DNS"),
        ("DNS_ROUND_ROBIN", "LOGICAL_DNS", "LOGICAL_DNS"),
    ],
)
def test_the_resolution_decides_the_type(resolution: str, type_: str, on_gateways: str) -> None:
    """Gateways find the endpoints of NONE by EDS, for their clients' addresses are their own."""
    assert as_json(cluster(resolution=resolution))["type"] == type_
    assert as_json(cluster(resolution=resolution, node=ROUTER))["type"] == on_gateways


def test_dns_clusters_hold_their_endpoints() -> None:
    """Names, with the port, by locality; of several, LOGICAL_DNS takes the first; sockets cannot be resolved."""
    endpoints = [
        {"address": "x.com", "locality": "r2"},
        {"address": "unix:///s"},
        {"address": "y.com", "locality": "r1"},
    ]
    several = as_json(cluster(resolution="DNS", endpoints=endpoints))
    assert several["respectDnsTtl"] is True
    assert several["dnsRefreshRate"] == "60s"
    assert several["dnsLookupFamily"] == "V4_PREFERRED"
    found = [
        (group["locality"]["region"], group["lbEndpoints"][0]["endpoint"]["address"]["socketAddress"]["address"])
        for group in several["loadAssignment"]["endpoints"]
    ]
    assert found == [("r1", "y.com"), ("r2", "x.com")]
    one = as_json(cluster(resolution="DNS_ROUND_ROBIN", endpoints=endpoints))["loadAssignment"]["endpoints"]
    assert len(one) == 1
    assert len(one[0]["lbEndpoints"]) == 1


def test_a_dns_cluster_that_could_never_answer_is_left_out() -> None:
    """Nothing to resolve, no cluster."""
    graph = graph_of(entry("*.a.com", resolution="DNS"))
    assert [name for name in clusters(graph, scope(graph)) if name.startswith("outbound")] == []


def test_a_target_port_of_an_original_destination_overrides_the_port() -> None:
    """The address is the client's, the port the service's."""
    ports = [{"number": 80, "name": "http", "protocol": "HTTP", "targetPort": 8080}]
    found = as_json(cluster(resolution="NONE", ports=ports))
    assert found["originalDstLbConfig"] == {"upstreamPortOverride": 8080}
    assert found["lbPolicy"] == "CLUSTER_PROVIDED"


def test_hosts_that_requests_name_have_a_dynamic_cluster() -> None:
    """Only where there is a name in what the client sends: HTTP and TLS."""
    ports = [
        {"number": 80, "name": "http", "protocol": "HTTP"},
        {"number": 443, "name": "tls", "protocol": "TLS"},
        {"number": 90, "name": "tcp", "protocol": "TCP"},
    ]
    graph = graph_of(entry("*.a.com", resolution="DYNAMIC_DNS", ports=ports))
    found = {name: item for name, item in clusters(graph, scope(graph)).items() if name.startswith("outbound")}
    assert sorted(found) == ["outbound|443||*.a.com", "outbound|80||*.a.com"]
    assert found["outbound|80||*.a.com"].cluster_type.name == "envoy.clusters.dynamic_forward_proxy"
    assert http_options(found["outbound|80||*.a.com"])["upstreamHttpProtocolOptions"] == {
        "autoSni": True,
        "autoSanValidation": True,
    }


@pytest.mark.parametrize(
    ("balancer", "expected"),
    [
        ({"simple": "ROUND_ROBIN"}, {}),
        ({"simple": "RANDOM"}, {"lbPolicy": "RANDOM"}),
        ({"simple": "LEAST_CONN"}, {"lbPolicy": "LEAST_REQUEST"}),
        ({"simple": "UNSPECIFIED"}, {"lbPolicy": "LEAST_REQUEST"}),
        ({"simple": "PASSTHROUGH"}, {"type": "ORIGINAL_DST", "lbPolicy": "CLUSTER_PROVIDED"}),
        (
            {"consistentHash": {"httpHeaderName": "x"}},
            {"lbPolicy": "RING_HASH", "ringHashLbConfig": {"minimumRingSize": "1024"}},
        ),
        (
            {"consistentHash": {"useSourceIp": True, "ringHash": {"minimumRingSize": 64}}},
            {"lbPolicy": "RING_HASH", "ringHashLbConfig": {"minimumRingSize": "64"}},
        ),
        (
            {"consistentHash": {"httpHeaderName": "x", "minimumRingSize": 2**60}},
            {"ringHashLbConfig": {"minimumRingSize": str(8 * 1024 * 1024)}},
        ),
        (
            {"consistentHash": {"httpHeaderName": "x", "maglev": {"tableSize": 101}}},
            {"lbPolicy": "MAGLEV", "maglevLbConfig": {"tableSize": "101"}},
        ),
        ({"consistentHash": {"httpHeaderName": "x", "maglev": {"tableSize": 100}}}, {"lbPolicy": "MAGLEV"}),
        (
            {"simple": "ROUND_ROBIN", "warmup": {"duration": "5s", "minimumPercent": 20, "aggression": 2}},
            {
                "roundRobinLbConfig": {
                    "slowStartConfig": {
                        "slowStartWindow": "5s",
                        "aggression": {"defaultValue": 2.0, "runtimeKey": "slow_start.aggression"},
                        "minWeightPercent": {"value": 20.0},
                    }
                }
            },
        ),
        (
            {"warmupDurationSecs": "5s"},
            {"lbPolicy": "LEAST_REQUEST", "leastRequestLbConfig": {"slowStartConfig": {"slowStartWindow": "5s"}}},
        ),
    ],
)
def test_load_balancers(balancer: dict[str, Any], expected: dict[str, Any]) -> None:
    """Each policy as Envoy has it; sizes that Envoy would refuse are cut, or left at its default."""
    found = as_json(cluster({"loadBalancer": balancer}))
    assert {name: found.get(name) for name in expected} == expected
    if balancer.get("consistentHash", {}).get("maglev") == {"tableSize": 100}:
        assert "maglevLbConfig" not in found


def test_connection_pools() -> None:
    """Bounds are circuit breakers; keep-alives are the connection's; the rest is how HTTP is spoken."""
    pool = {
        "tcp": {
            "maxConnections": 1,
            "connectTimeout": "1.5s",
            "maxConnectionDuration": "1h",
            "tcpKeepalive": {"probes": 3, "time": "30s", "interval": "0.1s"},
        },
        "http": {
            "http1MaxPendingRequests": 2,
            "http2MaxRequests": 3,
            "maxRetries": 4,
            "maxRequestsPerConnection": 5,
            "idleTimeout": "6s",
            "maxConcurrentStreams": 7,
            "h2UpgradePolicy": "UPGRADE",
        },
    }
    found = cluster({"connectionPool": pool, "retryBudget": {"minRetryConcurrency": 8}})
    json = as_json(found)
    assert json["connectTimeout"] == "1.500s"
    assert json["circuitBreakers"]["thresholds"] == [
        {
            "maxConnections": 1,
            "maxPendingRequests": 2,
            "maxRequests": 3,
            "maxRetries": 4,
            "trackRemaining": True,
            "retryBudget": {"budgetPercent": {"value": 20.0}, "minRetryConcurrency": 8},
        }
    ]
    assert json["upstreamConnectionOptions"]["tcpKeepalive"] == {
        "keepaliveProbes": 3,
        "keepaliveTime": 30,
        "keepaliveInterval": 1,
    }
    assert http_options(found) == {
        "explicitHttpConfig": {"http2ProtocolOptions": {"maxConcurrentStreams": 7}},
        "commonHttpProtocolOptions": {
            "idleTimeout": "6s",
            "maxConnectionDuration": "3600s",
            "maxRequestsPerConnection": 5,
        },
    }


@pytest.mark.parametrize(
    ("protocol", "pool", "expected"),
    [
        ("HTTP", {}, None),
        ("TCP", {}, None),
        ("HTTP2", {}, "explicitHttpConfig"),
        ("GRPC", {}, "explicitHttpConfig"),
        ("", {}, "useDownstreamProtocolConfig"),
        ("HTTP", {"useClientProtocol": True}, "useDownstreamProtocolConfig"),
        ("HTTP", {"h2UpgradePolicy": "UPGRADE"}, "explicitHttpConfig"),
        ("TCP", {"h2UpgradePolicy": "UPGRADE"}, None),
    ],
)
def test_how_http_is_spoken(protocol: str, pool: dict[str, Any], expected: str | None) -> None:
    """HTTP/2 where the port says so or an upgrade is asked for; as the client does where nobody knows."""
    ports = [{"number": 80, "name": "p", "protocol": protocol}]
    found = cluster({"connectionPool": {"http": pool}} if pool else None, ports=ports)
    if expected is None:
        assert not found.typed_extension_protocol_options
    else:
        assert "http2ProtocolOptions" in http_options(found)[expected]


def test_outlier_detection() -> None:
    """Never by success rate; a count of 0 turns its check off; no panic unless a share must be healthy."""
    detection = {
        "consecutive5xxErrors": 0,
        "consecutiveGatewayErrors": 3,
        "interval": "2s",
        "baseEjectionTime": "60s",
        "maxEjectionPercent": 50,
        "minHealthPercent": 40,
        "splitExternalLocalOriginErrors": True,
        "consecutiveLocalOriginFailures": 4,
    }
    found = as_json(cluster({"outlierDetection": detection}))
    assert found["outlierDetection"] == {
        "consecutive5xx": 0,
        "enforcingConsecutive5xx": 0,
        "consecutiveGatewayFailure": 3,
        "enforcingConsecutiveGatewayFailure": 100,
        "enforcingSuccessRate": 0,
        "interval": "2s",
        "baseEjectionTime": "60s",
        "maxEjectionPercent": 50,
        "splitExternalLocalOriginErrors": True,
        "enforcingLocalOriginSuccessRate": 0,
        "consecutiveLocalOriginFailure": 4,
        "enforcingConsecutiveLocalOriginFailure": 100,
    }
    assert found["commonLbConfig"]["healthyPanicThreshold"] == {"value": 40.0}
    assert as_json(cluster({"outlierDetection": {}}))["commonLbConfig"]["healthyPanicThreshold"] == {}


def names(text: str, node: str = "", **metadata: Any) -> list[str]:  # noqa: ANN401  JSON values
    """The names of all clusters."""
    graph = graph_of(text)
    found: Scope = scope(graph, node, **metadata) if node else scope(graph, **metadata)
    return list(clusters(graph, found))


def test_every_port_and_subset_has_a_cluster() -> None:
    """Names are sorted; UDP has none; the fixed ones are there."""
    ports = [
        {"number": 80, "name": "http", "protocol": "HTTP"},
        {"number": 90, "name": "tcp", "protocol": "TCP"},
        {"number": 53, "name": "dns", "protocol": "UDP"},
    ]
    text = entry(HOST, ports=ports) + rule(HOST, subsets=[{"name": "v1"}])
    assert names(text) == [
        "BlackHoleCluster",
        "InboundPassthroughCluster",
        "PassthroughCluster",
        "outbound|80|v1|a.com",
        "outbound|80||a.com",
        "outbound|90|v1|a.com",
        "outbound|90||a.com",
    ]
    assert names(entry(HOST), ROUTER) == ["BlackHoleCluster", NAME]


def test_an_external_name_has_no_cluster() -> None:
    """It is another host's."""
    spec = {"type": "ExternalName", "externalName": "b.com", "ports": [{"port": 80, "name": "http"}]}
    assert not [name for name in names(document("Service", "a", spec)) if name.startswith("outbound")]


def test_gateways_that_forward_by_server_name_have_clusters_for_it() -> None:
    """They carry no TLS of their own, are named as the server names are, and leave out what is outside the mesh."""
    gateway = {
        "selector": {"istio": "eastwest"},
        "servers": [
            {
                "port": {"number": 15443, "name": "tls", "protocol": "TLS"},
                "hosts": ["*.local"],
                "tls": {"mode": "AUTO_PASSTHROUGH"},
            }
        ],
    }
    text = (
        entry(HOST)
        + entry("out.com", location="MESH_EXTERNAL")
        + rule(HOST, trafficPolicy={"tls": {"mode": "ISTIO_MUTUAL"}})
        + document("Gateway", "g", gateway)
    )
    graph = graph_of(text)
    found = clusters(graph, scope(graph, ROUTER, LABELS={"istio": "eastwest"}))
    assert list(found) == ["BlackHoleCluster", "outbound_.80_._.a.com", NAME, "outbound|80||out.com"]
    assert not found["outbound_.80_._.a.com"].HasField("transport_socket")
    assert found[NAME].HasField("transport_socket")
    assert "outbound_.80_._.a.com" not in names(text, ROUTER, LABELS={"istio": "other"})


def test_statistics_are_named_by_the_meshs_pattern() -> None:
    """Without a pattern Envoy's own name stays."""
    pattern = "%SERVICE%_%SERVICE_PORT%_%SERVICE_PORT_NAME%_%SUBSET_NAME%"
    graph = graph_of(entry(HOST) + rule(HOST, subsets=[{"name": "v1"}]), mesh={"outboundClusterStatName": pattern})
    assert clusters(graph, scope(graph))["outbound|80|v1|a.com"].alt_stat_name == "a.com_80_http_v1"


def test_the_rule_that_shaped_a_cluster_is_in_its_metadata() -> None:
    """Path of the rule and name of the subset."""
    graph = graph_of(entry(HOST) + rule(HOST, name="r", subsets=[{"name": "v1"}]))
    found = as_json(clusters(graph, scope(graph))["outbound|80|v1|a.com"])["metadata"]["filterMetadata"]["istio"]
    assert found["config"] == "/apis/networking.istio.io/v1alpha3/namespaces/default/destination-rule/r"
    assert found["subset"] == "v1"
