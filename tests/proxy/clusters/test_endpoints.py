"""Load assignments: which endpoints a cluster has, in which localities, with which weights and priorities."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.registry.placement import Placement, Plan
from proxy.registry.service import Endpoint, Locality
from proxy.translate.cluster_places import distinct, groups_of
from tests.proxy.clusters.decoded import addresses, as_json, assignments, clusters
from tests.proxy.registry.meshes import entry, graph_of, rule, scope

HOST = "a.com"
NAME = "outbound|80||a.com"


def at(address: str, locality: str = "", **more: Any) -> dict[str, Any]:  # noqa: ANN401  JSON values
    """An endpoint of an entry."""
    return {"address": address, "locality": locality, **more}


def found(
    endpoints: list[dict[str, Any]],
    rules: str = "",
    client: str = "",
    **metadata: Any,  # noqa: ANN401  JSON values
) -> dict[str, Any]:
    """The load assignments of `a.com` as a client at a locality sees them."""
    here = entry("client.com", endpoints=[at("10.9.9.9", client)], exportTo=["~"])
    graph = graph_of(entry(HOST, endpoints=endpoints) + rules + here)
    return assignments(graph, scope(graph, **metadata))


def priorities(assignment: Any) -> dict[str, int]:  # noqa: ANN401  untyped messages
    """The priority of each locality that has endpoints."""
    return {
        "/".join(part for part in (group.locality.region, group.locality.zone, group.locality.sub_zone) if part): int(
            group.priority
        )
        for group in assignment.endpoints
    }


def test_every_eds_cluster_has_an_assignment() -> None:
    """One without endpoints too, for the cluster waits for it."""
    graph = graph_of(
        entry(HOST, endpoints=[at("1.1.1.1", labels={"v": "1"})])
        + entry("empty.com")
        + entry("dns.com", resolution="DNS")
        + rule(HOST, subsets=[{"name": "v1", "labels": {"v": "1"}}, {"name": "v2", "labels": {"v": "2"}}])
    )
    client = scope(graph)
    eds = [name for name, cluster in clusters(graph, client).items() if as_json(cluster)["type"] == "EDS"]
    made = assignments(graph, client)
    assert list(made) == eds == sorted(eds)
    assert {name: addresses(made[name]) for name in eds} == {
        NAME: [["1.1.1.1:80"]],
        "outbound|80|v1|a.com": [["1.1.1.1:80"]],
        "outbound|80|v2|a.com": [],
        "outbound|80||empty.com": [],
    }


def test_eds_takes_addresses_and_sockets_alone() -> None:
    """A name cannot be sent, an address counts once."""
    endpoints = [at("1.1.1.1"), at("x.com"), at("unix:///s"), at("::1"), at("1.1.1.1", weight=7)]
    assert addresses(found(endpoints)[NAME]) == [["1.1.1.1:80", "/s", "::1:80"]]


def test_a_subset_without_labels_has_all_endpoints() -> None:
    """Its policy is what sets it apart."""
    rules = rule(HOST, subsets=[{"name": "all"}])
    assert addresses(found([at("1.1.1.1")], rules)["outbound|80|all|a.com"]) == [["1.1.1.1:80"]]


def test_localities_are_sorted_and_weigh_what_their_endpoints_do() -> None:
    """An endpoint that says nothing weighs one."""
    endpoints = [at("1.1.1.1", "r2"), at("1.1.1.2", "r1/z", weight=5), at("1.1.1.3", "r1/z")]
    groups = as_json(found(endpoints)[NAME])["endpoints"]
    assert [(group["locality"], group["loadBalancingWeight"]) for group in groups] == [
        ({"region": "r1", "zone": "z"}, 6),
        ({"region": "r2"}, 1),
    ]
    assert [item["loadBalancingWeight"] for item in groups[0]["lbEndpoints"]] == [5, 1]


def test_weights_fit_into_what_envoy_takes() -> None:
    """Sums beyond 32 bits are scaled down, in proportion."""
    endpoints = [at("1.1.1.1", weight=4_000_000_000), at("1.1.1.2", weight=2_000_000_000), at("1.1.1.3")]
    group = as_json(found(endpoints)[NAME])["endpoints"][0]
    weights = [item["loadBalancingWeight"] for item in group["lbEndpoints"]]
    assert sum(weights) == group["loadBalancingWeight"] < 2**32
    assert weights[0] == 2 * weights[1]
    assert weights[2] == 1


def test_endpoints_are_marked_for_their_socket() -> None:
    """What takes Istio's mutual TLS says so; where the workload has a name it is told."""
    endpoints = [at("1.1.1.1", labels={"security.istio.io/tlsMode": "istio"}), at("1.1.1.2")]
    marked, plain = as_json(found(endpoints)[NAME])["endpoints"][0]["lbEndpoints"]
    assert marked["metadata"] == {"filterMetadata": {"envoy.transport_socket_match": {"tlsMode": "istio"}}}
    assert "metadata" not in plain


ENDPOINTS = [at("1.1.1.1", "r1/z1"), at("1.1.1.2", "r1/z2"), at("1.1.1.3", "r2/z1"), at("1.1.1.4", "r3")]
DETECT: dict[str, Any] = {"outlierDetection": {}}


def test_without_outlier_detection_nobody_fails_over() -> None:
    """All localities are alike, wherever the client is."""
    assert set(priorities(found(ENDPOINTS, client="r1/z1")[NAME]).values()) == {0}


def test_the_nearer_comes_first() -> None:
    """Subzone, zone, region, the rest; without gaps."""
    rules = rule(HOST, trafficPolicy=DETECT)
    seen = found([at("1.1.1.0", "r1/z1/s1"), *ENDPOINTS], rules, "r1/z1/s1")[NAME]
    assert priorities(seen) == {"r1/z1/s1": 0, "r1/z1": 1, "r1/z2": 2, "r2/z1": 3, "r3": 3}
    assert priorities(found(ENDPOINTS, rules, "r3/z9")[NAME]) == {"r3": 0, "r1/z1": 1, "r1/z2": 1, "r2/z1": 1}


def test_failover_names_the_region_that_takes_over() -> None:
    """Other regions come after it."""
    setting = {"localityLbSetting": {"failover": [{"from": "r1", "to": "r3"}]}}
    rules = rule(HOST, trafficPolicy={**DETECT, "loadBalancer": setting})
    assert priorities(found(ENDPOINTS, rules, "r1/z1")[NAME]) == {"r1/z1": 0, "r1/z2": 1, "r3": 2, "r2/z1": 3}


def test_a_setting_that_is_off_turns_failing_over_off() -> None:
    """Of the rule, or of the mesh where the rule has none."""
    rules = rule(HOST, trafficPolicy={**DETECT, "loadBalancer": {"localityLbSetting": {"enabled": False}}})
    assert set(priorities(found(ENDPOINTS, rules, "r1/z1")[NAME]).values()) == {0}
    graph = graph_of(
        entry(HOST, endpoints=ENDPOINTS) + rule(HOST, trafficPolicy=DETECT),
        mesh={"localityLbSetting": {"enabled": False}},
    )
    client = scope(graph)
    assert set(priorities(assignments(graph, client)[NAME]).values()) == {0}
    assert not clusters(graph, client)[NAME].common_lb_config.HasField("locality_weighted_lb_config")


def test_failover_priority_goes_by_labels() -> None:
    """The more of the first labels agree with the client's, the better; `label=value` asks for that value."""
    setting = {"localityLbSetting": {"failoverPriority": ["net", "version=v2"]}}
    rules = rule(HOST, trafficPolicy={**DETECT, "loadBalancer": setting})
    endpoints = [
        at("1.1.1.1", "r1", labels={"net": "n1", "version": "v2"}),
        at("1.1.1.2", "r2", labels={"net": "n1", "version": "v1"}),
        at("1.1.1.3", "r3", labels={"net": "n2", "version": "v2"}),
    ]
    seen = found(endpoints, rules, LABELS={"net": "n1"})[NAME]
    assert priorities(seen) == {"r1": 0, "r2": 1, "r3": 2}


def test_failover_priority_knows_where_workloads_are() -> None:
    """Region and zone are labels too."""
    setting = {"localityLbSetting": {"failoverPriority": ["topology.kubernetes.io/region"]}}
    rules = rule(HOST, trafficPolicy={**DETECT, "loadBalancer": setting})
    assert priorities(found(ENDPOINTS, rules, "r2/z9")[NAME]) == {"r2/z1": 0, "r1/z1": 1, "r1/z2": 1, "r3": 1}


def test_distribute_gives_each_locality_its_share() -> None:
    """By the first entry for the client's place; localities that get nothing are left out."""
    shares = [{"from": "r9", "to": {"r3": 100}}, {"from": "r1/*", "to": {"r1/z1": 70, "r1/*": 20, "r2": 10}}]
    rules = rule(HOST, trafficPolicy={"loadBalancer": {"localityLbSetting": {"distribute": shares}}})
    groups = as_json(found(ENDPOINTS, rules, "r1/z1")[NAME])["endpoints"]
    assert [(group["locality"], group["loadBalancingWeight"]) for group in groups] == [
        ({"region": "r1", "zone": "z1"}, 70),
        ({"region": "r1", "zone": "z2"}, 20),
        ({"region": "r2", "zone": "z1"}, 10),
    ]
    assert len(as_json(found(ENDPOINTS, rules, "r5")[NAME])["endpoints"]) == 4


def test_clients_in_one_place_share_assignments() -> None:
    """Those in other namespaces too: the reference names the same rule and key."""
    graph = graph_of(
        entry(HOST, endpoints=[*ENDPOINTS, at("10.9.9.9", "r1"), at("10.9.9.8", "r1"), at("10.9.9.7", "r2")])
        + rule(HOST, trafficPolicy=DETECT)
    )
    made = {}
    for ip, namespace in (("10.9.9.9", "default"), ("10.9.9.8", "other"), ("10.9.9.7", "other")):
        client = scope(graph, f"sidecar~{ip}~c.{namespace}~{namespace}.svc.cluster.local")
        made[ip] = {name: item.SerializeToString() for name, item in assignments(graph, client).items()}
    assert made["10.9.9.9"] == made["10.9.9.8"] != made["10.9.9.7"]


PLACES = st.builds(
    Locality, st.sampled_from(["a", "b", ""]), st.sampled_from(["1", "2", ""]), st.sampled_from(["x", ""])
)
POINTS = st.builds(
    Endpoint,
    address=st.integers(1, 9).map("10.0.0.{}".format),
    port=st.just(80),
    locality=PLACES,
    weight=st.sampled_from([0, 1, 5, 2**32 - 1]),
)
PLANS = st.one_of(
    st.none(),
    st.just(Plan()),
    st.just(Plan(failover=(("a", "b"),))),
    st.just(Plan(priority=("v",), failover=(("b", "a"),))),
    st.just(Plan(distribute=(("a", (("a/1", 80), ("*", 20))),))),
)


@given(st.lists(POINTS, max_size=8), PLANS, PLACES)
def test_groups_are_what_envoy_takes(endpoints: list[Endpoint], plan: Plan | None, place: Locality) -> None:
    """Priorities run from 0 without a gap, weights are positive and fit, an address is there once."""
    client = Placement(place) if plan is not None else None
    groups = groups_of(distinct(endpoints), plan, client)
    assert sorted({group.priority for group in groups}) == list(range(len({group.priority for group in groups})))
    assert all(group.weight > 0 and all(weight > 0 for _, weight in group.members) for group in groups)
    assert sum(group.weight for group in groups) < 2**32
    members = [endpoint.address for group in groups for endpoint, _ in group.members]
    assert len(members) == len(set(members))
    if plan is None or not plan.distribute:
        assert set(members) == {endpoint.address for endpoint in endpoints}


@pytest.mark.parametrize("text", ["", "r", "r/z", "r/z/s"])
def test_a_locality_is_written_as_it_is_read(text: str) -> None:
    """`region/zone/subzone`, or a beginning of it."""
    assert str(Locality.parse(text)) == text
