"""The rules of DestinationRule."""

from __future__ import annotations

import pytest

from tests.schemas.builders import Content, destination_rule, errors, found

POLICY = "spec.trafficPolicy"


def locality(**setting: object) -> Content:
    """A policy with a locality setting, and outlier detection so that failover makes sense."""
    return destination_rule({"loadBalancer": {"localityLbSetting": setting}, "outlierDetection": {}})


@pytest.mark.parametrize(
    "content",
    [
        destination_rule(),
        destination_rule({"loadBalancer": {"simple": "LEAST_REQUEST"}}, host="*.example.com"),
        destination_rule({"loadBalancer": {"consistentHash": {"httpCookie": {"name": "c", "ttl": "0s"}}}}),
        destination_rule({"loadBalancer": {"consistentHash": {"useSourceIp": True, "maglev": {"tableSize": 65537}}}}),
        destination_rule({"loadBalancer": {"warmup": {"duration": "30s", "minimumPercent": 10, "aggression": 1}}}),
        destination_rule({"connectionPool": {"tcp": {"idleTimeout": "0s", "maxConnections": 1}}}),
        destination_rule({"tls": {"mode": "MUTUAL", "credentialName": "c"}}),
        destination_rule({"portLevelSettings": [{"port": {"number": 80}, "tls": {"mode": "SIMPLE"}}]}),
        destination_rule({"retryBudget": {"percent": 20}}),
        destination_rule({"tunnel": {"targetHost": "10.0.0.1", "targetPort": 1}}),
        destination_rule(subsets=[{"name": "v1", "labels": {"version": "v1"}}, {"name": "v2"}]),
        destination_rule(workloadSelector={"matchLabels": {"app": "a"}}, exportTo=["."]),
        locality(distribute=[{"from": "r/z/*", "to": {"r/z/*": 80, "r2": 20}}]),
        locality(failover=[{"from": "a", "to": "b"}]),
        locality(failoverPriority=["topology.kubernetes.io/region"]),
    ],
)
def test_what_istio_takes_is_taken(content: Content) -> None:
    """No fault at all for contents that Istio's validation accepts without a word."""
    assert found("DestinationRule", content) == set()


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (destination_rule(host=""), "spec.host"),
        (destination_rule(host="a.*.b"), "spec.host"),
        (destination_rule({}), POLICY),
        (destination_rule({"tunnel": {"targetHost": "a", "targetPort": 1}, "proxyProtocol": {}}), POLICY),
        (
            destination_rule({"tunnel": {"targetHost": "a", "targetPort": 1, "protocol": "GET"}}),
            f"{POLICY}.tunnel.protocol",
        ),
        (destination_rule({"tunnel": {"targetHost": "a_b", "targetPort": 1}}), f"{POLICY}.tunnel.targetHost"),
        (destination_rule({"tunnel": {"targetHost": "a", "targetPort": 0}}), f"{POLICY}.tunnel.targetPort"),
        (
            destination_rule({"outlierDetection": {"maxEjectionPercent": 101}}),
            f"{POLICY}.outlierDetection.maxEjectionPercent",
        ),
        (
            destination_rule({"outlierDetection": {"consecutiveLocalOriginFailures": 1}}),
            f"{POLICY}.outlierDetection.consecutiveLocalOriginFailures",
        ),
        (destination_rule({"outlierDetection": {"interval": "0s"}}), f"{POLICY}.outlierDetection.interval"),
        (destination_rule({"connectionPool": {}}), f"{POLICY}.connectionPool"),
        (
            destination_rule({"connectionPool": {"tcp": {"maxConnections": -1}}}),
            f"{POLICY}.connectionPool.tcp.maxConnections",
        ),
        (
            destination_rule({"connectionPool": {"http": {"http2MaxRequests": -1}}}),
            f"{POLICY}.connectionPool.http.http2MaxRequests",
        ),
        (
            destination_rule({"connectionPool": {"http": {"useClientProtocol": True, "h2UpgradePolicy": "UPGRADE"}}}),
            f"{POLICY}.connectionPool.http.useClientProtocol",
        ),
        (
            destination_rule({"loadBalancer": {"consistentHash": {"maglev": {"tableSize": 4}}}}),
            f"{POLICY}.loadBalancer.consistentHash.maglev.tableSize",
        ),
        (
            destination_rule({"loadBalancer": {"consistentHash": {"minimumRingSize": 1, "ringHash": {}}}}),
            f"{POLICY}.loadBalancer.consistentHash",
        ),
        (
            destination_rule({"loadBalancer": {"consistentHash": {"httpCookie": {"name": ""}}}}),
            f"{POLICY}.loadBalancer.consistentHash.httpCookie.name",
        ),
        (
            destination_rule({"loadBalancer": {"warmup": {"duration": "1s", "aggression": 0.5}}}),
            f"{POLICY}.loadBalancer.warmup.aggression",
        ),
        (destination_rule({"tls": {"mode": "MUTUAL"}}), f"{POLICY}.tls.clientCertificate"),
        (destination_rule({"tls": {"mode": "MUTUAL", "clientCertificate": "a"}}), f"{POLICY}.tls.privateKey"),
        (
            destination_rule({"tls": {"mode": "SIMPLE", "credentialName": "a", "caCertificates": "b"}}),
            f"{POLICY}.tls.credentialName",
        ),
        (
            destination_rule({"tls": {"mode": "SIMPLE", "insecureSkipVerify": True, "subjectAltNames": ["a"]}}),
            f"{POLICY}.tls.insecureSkipVerify",
        ),
        (destination_rule({"portLevelSettings": [{"tls": {}}]}), f"{POLICY}.portLevelSettings[0].port"),
        (destination_rule({"portLevelSettings": [{"port": {"number": 80}}]}), f"{POLICY}.portLevelSettings[0]"),
        (destination_rule(subsets=[{"name": "v1"}, {"name": "v1"}]), "spec.subsets[1].name"),
        (destination_rule(subsets=[{"name": ""}]), "spec.subsets[0].name"),
        (destination_rule(subsets=[{"name": "a", "labels": {"a": "b c"}}]), "spec.subsets[0].labels.a"),
        (destination_rule(subsets=[{"name": "a", "trafficPolicy": {}}]), "spec.subsets[0].trafficPolicy"),
        (destination_rule(workloadSelector={"matchLabels": {"a": "*"}}), "spec.workloadSelector.a"),
        (destination_rule(workloadSelector={"matchLabels": {"a": "b"}}, exportTo=["*"]), "spec.exportTo"),
        (
            locality(distribute=[{"from": "a", "to": {"b": 99}}]),
            f"{POLICY}.loadBalancer.localityLbSetting.distribute[0].to",
        ),
        (
            locality(distribute=[{"from": "a", "to": {"b": 0, "c": 100}}]),
            f"{POLICY}.loadBalancer.localityLbSetting.distribute[0].to.b",
        ),
        (
            locality(distribute=[{"from": "a", "to": {"b": 100}}, {"from": "a/z", "to": {"b": 100}}]),
            f"{POLICY}.loadBalancer.localityLbSetting.distribute",
        ),
        (
            locality(distribute=[{"from": "a", "to": {"b": 100}}], failover=[{"from": "a", "to": "b"}]),
            f"{POLICY}.loadBalancer.localityLbSetting",
        ),
        (locality(failover=[{"from": "a", "to": "a"}]), f"{POLICY}.loadBalancer.localityLbSetting.failover[0]"),
        (locality(failover=[{"from": "a/z", "to": "b"}]), f"{POLICY}.loadBalancer.localityLbSetting.failover[0].from"),
        (
            locality(failover=[{"from": "a", "to": "b"}], failoverPriority=["topology.kubernetes.io/zone"]),
            f"{POLICY}.loadBalancer.localityLbSetting.failoverPriority[0]",
        ),
    ],
)
def test_what_istio_refuses_is_an_error_at_its_place(content: Content, path: str) -> None:
    """Each rule of Istio's validation, with the path of what violates it."""
    assert path in errors("DestinationRule", content)


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (
            destination_rule({"outlierDetection": {"consecutiveErrors": 5}}),
            f"{POLICY}.outlierDetection.consecutiveErrors",
        ),
        (
            destination_rule({"loadBalancer": {"localityLbSetting": {"failover": [{"from": "a", "to": "b"}]}}}),
            f"{POLICY}.loadBalancer.localityLbSetting",
        ),
        (destination_rule(workloadSelector={"matchLabels": {}}), "spec.workloadSelector"),
    ],
)
def test_what_istio_only_warns_of_is_a_warning(content: Content, path: str) -> None:
    """The object is taken all the same."""
    assert ("IST0133", path) in found("DestinationRule", content)
    assert errors("DestinationRule", content) == set()


@pytest.mark.parametrize(
    "policy",
    [
        {"loadBalancer": {"simple": "RANDOM", "consistentHash": {"useSourceIp": True}}},
        {"loadBalancer": {"consistentHash": {"useSourceIp": True, "httpHeaderName": "x"}}},
        {"loadBalancer": {"consistentHash": {"ringHash": {}, "maglev": {"tableSize": 7}}}},
    ],
)
def test_one_ofs_take_one(policy: Content) -> None:
    """Two members of a one-of are a fault of the document."""
    assert {code for code, _ in found("DestinationRule", destination_rule(policy))} == {"GLY0105"}
