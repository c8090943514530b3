"""Load assignments over several networks: what is far is reached through the gateways of its network."""

from __future__ import annotations

from typing import Any

import yaml

from pipeline.derive import Graph
from pipeline.model.key import Key
from pipeline.model.origin import Origin
from pipeline.model.resource import Resource, canonical
from tests.proxy.clusters.decoded import addresses, assignments
from tests.proxy.registry.meshes import entry, graph_of, rule, scope

HOST = "a.com"
NAME = "outbound|80||a.com"
MUTUAL = {"security.istio.io/tlsMode": "istio"}


def at(address: str, network: str = "", **more: Any) -> dict[str, Any]:  # noqa: ANN401  JSON values
    """An endpoint that takes Istio's mutual TLS."""
    return {"address": address, "labels": MUTUAL, **({"network": network} if network else {}), **more}


def gateways(*addresses: str, ranges: tuple[str, ...] = ()) -> dict[str, Any]:
    """A network with gateways on port 15443."""
    return {
        "gateways": [{"address": address, "port": 15443} for address in addresses],
        "endpoints": [{"fromCidr": text} for text in ranges],
    }


def networks_file(**networks: Any) -> dict[Key, Resource]:  # noqa: ANN401  JSON values
    """What `--mesh-networks` makes of a file with these networks."""
    key = Key("MeshNetworks", "", "mesh")
    spec = canonical({"networks": networks})
    return {key: Resource(key=key, api_version="", spec=spec, origin=Origin(source="mesh"))}


def mesh(*endpoints: dict[str, Any], rules: str = "", **networks: Any) -> Graph:  # noqa: ANN401  JSON values
    """A graph of one service, and these networks."""
    graph = graph_of(entry(HOST, endpoints=list(endpoints)) + rules)
    graph.apply(networks_file(**networks))
    return graph


def weights(graph: Graph, **metadata: Any) -> dict[str, int]:  # noqa: ANN401  JSON values
    """The addresses of `a.com` with their ports and weights, as a client with this metadata sees them."""
    found = assignments(graph, scope(graph, **metadata))[NAME]
    return {
        f"{item.endpoint.address.socket_address.address}:{item.endpoint.address.socket_address.port_value}": int(
            item.load_balancing_weight.value
        )
        for group in found.endpoints
        for item in group.lb_endpoints
    }


def test_what_is_in_another_network_is_reached_through_its_gateways() -> None:
    """They share its weight evenly; each client sees its own network's endpoints themselves."""
    graph = mesh(
        at("1.1.1.1", "n1"), at("2.1.1.1", "n2"), at("2.1.1.2", "n2", weight=3), n2=gateways("9.9.9.1", "9.9.9.2")
    )
    assert weights(graph, NETWORK="n1") == {"1.1.1.1:80": 2, "9.9.9.1:15443": 4, "9.9.9.2:15443": 4}
    assert weights(graph, NETWORK="n2") == {"1.1.1.1:80": 1, "2.1.1.1:80": 1, "2.1.1.2:80": 3}
    assert weights(graph) == {"1.1.1.1:80": 1, "2.1.1.1:80": 1, "2.1.1.2:80": 3}


def test_an_address_range_says_in_which_network_an_endpoint_is() -> None:
    """The narrowest counts, and what the endpoint says itself counts before it."""
    graph = mesh(
        at("2.1.1.1"),
        at("2.1.2.1"),
        at("2.1.2.2", "n1"),
        n1=gateways(ranges=("2.1.1.0/24",)),
        n2=gateways("9.9.9.1", ranges=("2.1.0.0/16",)),
    )
    assert weights(graph, NETWORK="n1") == {"2.1.1.1:80": 1, "2.1.2.2:80": 1, "9.9.9.1:15443": 1}


def test_gateways_need_mutual_tls() -> None:
    """They forward by its server name: an endpoint without it, or a rule with another TLS, leaves nothing to reach."""
    far, plain = at("2.1.1.1", "n2"), {"address": "2.1.1.2", "network": "n2"}
    assert weights(mesh(far, plain, n2=gateways("9.9.9.1")), NETWORK="n1") == {"9.9.9.1:15443": 1}
    disabled = rule(HOST, trafficPolicy={"tls": {"mode": "DISABLE"}})
    assert weights(mesh(far, rules=disabled, n2=gateways("9.9.9.1")), NETWORK="n1") == {}


def test_a_network_without_gateways_is_reached_directly() -> None:
    """As is one whose gateway is a name, which is no endpoint."""
    graph = mesh(at("2.1.1.1", "n2"), at("3.1.1.1", "n3"), n2=gateways(), n3=gateways("gateway.example"))
    assert weights(graph, NETWORK="n1") == {"2.1.1.1:80": 1, "3.1.1.1:80": 1}


def test_a_gateway_stands_for_each_locality_behind_it() -> None:
    """So that what is spread by locality stays spread."""
    graph = mesh(at("2.1.1.1", "n2", locality="a"), at("2.1.1.2", "n2", locality="b"), n2=gateways("9.9.9.1"))
    found = assignments(graph, scope(graph, NETWORK="n1"))[NAME]
    assert [group.locality.region for group in found.endpoints] == ["a", "b"]
    assert addresses(found) == [["9.9.9.1:15443"], ["9.9.9.1:15443"]]


def test_networks_come_from_the_config_map_too() -> None:
    """Key `meshNetworks` of the ConfigMap `istio`; a change of it changes what is sent."""
    graph = graph_of(entry(HOST, endpoints=[at("2.1.1.1", "n2")]))
    assert weights(graph, NETWORK="n1") == {"2.1.1.1:80": 1}
    text = yaml.safe_dump({"networks": {"n2": gateways("9.9.9.1")}})
    held = {
        "kind": "ConfigMap",
        "metadata": {"name": "istio", "namespace": "istio-system"},
        "data": {"meshNetworks": text},
    }
    key = Key("ConfigMap", "istio-system", "istio")
    spec = canonical({"data": held["data"]})
    graph.apply({key: Resource(key=key, api_version="v1", spec=spec, origin=Origin(source="test"))})
    assert weights(graph, NETWORK="n1") == {"9.9.9.1:15443": 1}
