"""Clusters of the proxy's own ports."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proxy.clusters.decoded import as_json, clusters, http_options
from tests.proxy.registry.meshes import document, entry, graph_of, rule, scope

SERVER = "sidecar~1.1.1.1~s.default~default.svc.cluster.local"
PORTS = [
    {"number": 80, "name": "http", "protocol": "HTTP", "targetPort": 8080},
    {"number": 90, "name": "grpc", "protocol": "GRPC"},
    {"number": 91, "name": "any"},
]
SERVICE = entry("a.com", ports=PORTS, endpoints=[{"address": "1.1.1.1"}])


def inbound(text: str, mesh: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:  # noqa: ANN401  JSON
    """The inbound clusters of the workload at 1.1.1.1."""
    graph = graph_of(text, mesh)
    found = clusters(graph, scope(graph, SERVER, **metadata))
    return {name: cluster for name, cluster in found.items() if name.startswith("inbound")}


def test_one_cluster_a_port_that_is_served() -> None:
    """Named by the workload's own port; it goes where the connection was going, from an address that is let through."""
    found = inbound(SERVICE)
    assert list(found) == ["inbound|8080||", "inbound|90||", "inbound|91||"]
    json = as_json(found["inbound|8080||"])
    assert (json["type"], json["lbPolicy"]) == ("ORIGINAL_DST", "CLUSTER_PROVIDED")
    assert json["upstreamBindConfig"]["sourceAddress"]["address"] == "127.0.0.6"
    assert json["metadata"]["filterMetadata"]["istio"]["services"][0]["host"] == "a.com"
    assert not found["inbound|8080||"].typed_extension_protocol_options
    assert "explicitHttpConfig" in http_options(found["inbound|90||"])
    assert "useDownstreamProtocolConfig" in http_options(found["inbound|91||"])


def test_who_serves_nothing_has_none() -> None:
    """Nor has a gateway."""
    assert inbound(entry("a.com", endpoints=[{"address": "1.1.1.2"}])) == {}
    graph = graph_of(SERVICE)
    assert not [
        name for name in clusters(graph, scope(graph, SERVER.replace("sidecar", "router"))) if "inbound" in name
    ]


@pytest.mark.parametrize(
    ("mesh", "metadata"),
    [({"inboundTrafficPolicy": {"mode": "LOCALHOST"}}, {}), (None, {"INTERCEPTION_MODE": "NONE"})],
)
def test_to_localhost_where_nothing_is_captured(mesh: dict[str, Any] | None, metadata: dict[str, str]) -> None:
    """Or where the mesh says so."""
    json = as_json(inbound(SERVICE, mesh, **metadata)["inbound|8080||"])
    assert json["type"] == "STATIC"
    address = json["loadAssignment"]["endpoints"][0]["lbEndpoints"][0]["endpoint"]["address"]["socketAddress"]
    assert address == {"address": "127.0.0.1", "portValue": 8080}


def test_two_services_share_a_port() -> None:
    """One cluster, of both; the older one's protocol counts."""
    old = entry(
        "old.com",
        ports=[{"number": 8080, "name": "grpc", "protocol": "GRPC"}],
        endpoints=[{"address": "1.1.1.1"}],
        metadata={"creationTimestamp": "2020-01-01T00:00:00Z"},
    )
    young = entry(
        "young.com",
        ports=[{"number": 8080, "name": "http", "protocol": "HTTP"}],
        endpoints=[{"address": "1.1.1.1"}],
        metadata={"creationTimestamp": "2021-01-01T00:00:00Z"},
    )
    (found,) = inbound(young + old).values()
    services = as_json(found)["metadata"]["filterMetadata"]["istio"]["services"]
    assert [service["host"] for service in services] == ["old.com", "young.com"]
    assert "explicitHttpConfig" in http_options(found)


POOL = {"connectionPool": {"tcp": {"maxConnections": 1}}}


def limit(text: str) -> Any:  # noqa: ANN401  JSON
    """How many connections the first inbound cluster takes."""
    found = next(iter(inbound(text).values()))
    return found.circuit_breakers.thresholds[0].max_connections.value


def test_of_a_rule_only_the_pool_counts() -> None:
    """Balancing and TLS are for clients."""
    text = SERVICE + rule("a.com", trafficPolicy={**POOL, "tls": {"mode": "SIMPLE"}, "outlierDetection": {}})
    found = inbound(text)["inbound|8080||"]
    assert limit(text) == 1
    assert not found.HasField("transport_socket")
    assert not found.HasField("outlier_detection")


def sidecar(**spec: Any) -> str:  # noqa: ANN401  JSON
    """A Sidecar of the namespace."""
    return document("Sidecar", "s", spec)


def test_a_sidecars_pool_comes_first() -> None:
    """Its listener's before its own, its own before the rule's."""
    text = SERVICE + rule("a.com", trafficPolicy=POOL)
    assert limit(text + sidecar(inboundConnectionPool={"tcp": {"maxConnections": 2}})) == 2
    listener = {
        "port": {"number": 8080, "name": "http", "protocol": "HTTP"},
        "defaultEndpoint": "127.0.0.1:1",
        "connectionPool": {"tcp": {"maxConnections": 3}},
    }
    assert limit(text + sidecar(inboundConnectionPool={"tcp": {"maxConnections": 2}}, ingress=[listener])) == 3


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("127.0.0.1:3000", {"socketAddress": {"address": "127.0.0.1", "portValue": 3000}}),
        ("[::1]:3000", {"socketAddress": {"address": "::1", "portValue": 3000}}),
        ("unix:///tmp/s", {"pipe": {"path": "/tmp/s"}}),
        ("0.0.0.0:3000", None),
        ("", None),
        ("name:3000", None),
    ],
)
def test_ingress_listeners_replace_the_services_ports(endpoint: str, expected: dict[str, Any] | None) -> None:
    """A cluster a listener, to its default endpoint; to where the connection was going where that is no other place."""
    listener = {"port": {"number": 9080, "name": "grpc", "protocol": "GRPC"}, "defaultEndpoint": endpoint}
    found = inbound(SERVICE + sidecar(ingress=[listener]))
    assert list(found) == ["inbound|9080||"]
    json = as_json(found["inbound|9080||"])
    if expected is None:
        assert json["type"] == "ORIGINAL_DST"
        port = json.get("originalDstLbConfig", {}).get("upstreamPortOverride")
        assert port == (3000 if endpoint.startswith("0.0.0.0") else None)
    else:
        assert json["loadAssignment"]["endpoints"][0]["lbEndpoints"][0]["endpoint"]["address"] == expected
    assert "explicitHttpConfig" in http_options(found["inbound|9080||"])
