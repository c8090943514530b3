"""An edit costs what it touches, and any sequence of edits ends where a fresh start would."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.derive import Graph
from pipeline.model.key import Key
from tests.proxy.listeners.meshes import INGRESS, ROUTER, gateway, refs_of_both, scope, server, service
from tests.proxy.routes.builders import document, resources, to, virtual_service

PROXIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("sidecar~10.0.0.1~x.default~default.svc.cluster.local", {"LABELS": {"app": "x"}}),
    ("sidecar~10.0.0.1~x.default~default.svc.cluster.local", {"INTERCEPTION_MODE": "NONE"}),
    (ROUTER, INGRESS),
)


class CountingGraph(Graph):
    """A graph that keeps count of the rules that it runs."""

    def __init__(self) -> None:
        """Count from nothing."""
        super().__init__()
        self.runs: Counter[str] = Counter()

    def _run(self, node: Any) -> Any:  # noqa: ANN401  a node of any rule
        self.runs[node.rule.__name__] += 1
        return super()._run(node)


def large_mesh() -> CountingGraph:
    """100 services each of HTTP, TCP and a protocol to be found out, seen by a sidecar."""
    graph = CountingGraph()
    text = "".join(
        service(f"h{number}", 80, "HTTP")
        + service(f"t{number}", 5432, "TCP", f"10.1.0.{number}")
        + service(f"a{number}", 9000, "", f"10.2.0.{number}")
        for number in range(100)
    )
    graph.apply(resources(text))
    _observe(graph)
    graph.runs.clear()
    return graph


def _observe(graph: Graph) -> None:
    for ref in graph.observe(refs_of_both, scope(graph)):
        graph.observe(ref.rule, ref.key)
    graph.settle()


def _made(graph: CountingGraph) -> int:
    return graph.runs["outbound_listener"] + graph.runs["virtual_inbound"] + graph.runs["virtual_outbound"]


def test_routes_and_endpoints_touch_no_listener() -> None:
    """Neither which listeners there are, nor one of them."""
    graph = large_mesh()
    graph.apply(resources(virtual_service({"route": [to("h7.example.com")]}, hosts=("h7.example.com",))))
    assert graph.settle() == []
    graph.apply(resources(service("t7", 5432, "TCP", "10.1.0.7", endpoints=[{"address": "10.9.0.2"}])))
    assert graph.settle() == []
    assert _made(graph) == 0, graph.runs


def test_a_service_that_joins_the_http_of_a_port_touches_no_listener() -> None:
    """Its routes are all that is new."""
    graph = large_mesh()
    graph.apply(resources(service("more", 80, "HTTP")))
    assert graph.settle() == []
    assert _made(graph) == 0, graph.runs


def test_a_new_tcp_service_is_one_new_listener() -> None:
    """The other 300 are as they were."""
    graph = large_mesh()
    before = set(graph.derive(refs_of_both, scope(graph)))
    graph.apply(resources(service("more", 5432, "TCP", "10.1.1.1")))
    assert len(graph.settle()) == 1
    new = set(graph.derive(refs_of_both, scope(graph))) - before
    assert [ref.name for ref in new] == ["10.1.1.1_5432"]
    assert _made(graph) == 0, graph.runs


def _pieces() -> dict[str, tuple[str, ...]]:
    """Objects by name, each in several versions."""
    tls = ({"mode": "SIMPLE", "credentialName": "one"}, {"mode": "MUTUAL", "credentialName": "two"})
    route = {"match": [{"port": 443, "sniHosts": ["c.example.com"]}], "route": [to("a.example.com")]}
    secret = {"data": {}, "stringData": {"cert": "-----BEGIN A", "key": "-----BEGIN B", "cacert": "-----BEGIN C"}}
    return {
        "a": (service("a", 80, "HTTP"), service("a", 80, "TCP"), service("a", 80, "")),
        "b": (service("b", 80, "HTTP"), service("b", 80, "TCP", "10.1.1.1"), service("b", 8080, "TLS")),
        "c": (service("c", 443, "TLS"), service("c", 443, "TLS", "10.0.0.0/8"), service("c", 443, "HTTPS", "10.1.1.2")),
        "gw": (
            gateway(server(443, "HTTPS", "a.example.com", tls=tls[0]), server(80, "HTTP", "*")),
            gateway(server(443, "HTTPS", "a.example.com", tls=tls[1])),
            gateway(server(443, "TLS", "c.example.com", tls={"mode": "PASSTHROUGH"}), server(9000, "TCP", "*")),
        ),
        "vs": (
            virtual_service(name="vs", hosts=("c.example.com",), gateways=["mesh", "gw"], tls=[route]),
            virtual_service(name="vs", hosts=("*",), gateways=["gw"], tcp=[{"route": [to("b.example.com")]}]),
        ),
        "one": (document("Secret", "one", secret), document("Secret", "one", {"data": {}})),
        "side": (
            document("Sidecar", "side", {"egress": [{"hosts": ["./*"]}]}),
            document("Sidecar", "side", {"egress": [{"hosts": ["./a.example.com"], "port": _port(80, "TCP")}]}),
            document("Sidecar", "side", {"ingress": [{"port": _port(80, "HTTP"), "defaultEndpoint": "127.0.0.1:1"}]}),
        ),
    }


def _port(number: int, protocol: str) -> dict[str, Any]:
    return {"number": number, "protocol": protocol, "name": "p"}


PIECES = _pieces()
EDITS = st.lists(st.tuples(st.sampled_from(sorted(PIECES)), st.integers(0, 3)), min_size=1, max_size=12)


@given(EDITS)
def test_any_sequence_of_edits_ends_where_a_fresh_start_would(edits: list[tuple[str, int]]) -> None:
    """Whatever came, changed or went: names and bytes are those of a graph that sees only the end."""
    graph, now = Graph(), dict[Key, Any]()
    _all(graph)
    for name, version in edits:
        found = resources(PIECES[name][version]) if version < len(PIECES[name]) else {}
        gone = [] if found else [key for text in PIECES[name] for key in resources(text)]
        change = {**dict.fromkeys(gone), **found}
        graph.apply(change)
        now.update(change)
        graph.settle()
        _all(graph)
    fresh = Graph()
    fresh.apply({key: item for key, item in now.items() if item is not None})
    assert _all(graph) == _all(fresh)


def _all(graph: Graph) -> list[Any]:
    return [
        (number, ref.name, made and made.body)
        for number, (node, metadata) in enumerate(PROXIES)
        for ref in graph.derive(refs_of_both, scope(graph, node, **metadata))
        for made in [graph.derive(ref.rule, ref.key)]
    ]
