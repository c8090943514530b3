"""Namespaces that see the mesh alike share what is joined for them, and no others do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.derive import Graph
from pipeline.model.key import Key
from proxy.registry.ordinary import NOWHERE, shared_vantage
from proxy.registry.sidecars import Client, vantage_for
from proxy.registry.vantage import Vantage
from proxy.translate.cluster_join import Outbound, outbound_refs
from tests.proxy.clusters.recount import CountingGraph, edit, watch
from tests.proxy.clusters.test_incremental import EDITS
from tests.proxy.registry.meshes import entry, graph_of, resources, rule, scope


def team(namespace: str, *more: str) -> str:
    """A namespace with a service and its rule."""
    own = {"namespace": namespace}
    host = f"{namespace}.com"
    return entry(host, metadata=own) + rule(host, metadata=own, subsets=[{"name": "v1"}]) + "".join(more)


def test_namespaces_with_services_and_rules_of_their_own_share() -> None:
    """A new service is joined once for all of them."""
    graph = CountingGraph()
    graph.apply(resources("".join(team(f"team-{number}") for number in range(20))))
    for number in range(20):
        watch(graph, scope(graph, f"sidecar~1.1.1.1~c.team-{number}~x"))
    graph.settle()
    assert graph.ran["outbound_refs"] == 1
    ran, _ = edit(graph, resources(team("team-20")))
    assert ran["outbound_refs"] == 1
    assert ran["rules_at"] == 1


@pytest.mark.parametrize(
    "text",
    [
        entry("x.com", metadata={"namespace": "b"}, exportTo=["a"]),
        entry("x.com", metadata={"namespace": "a"}, exportTo=["."]),
        entry("a.com", name="again", metadata={"namespace": "b"}),
        rule("b.com", metadata={"namespace": "a"}),
        rule("*.com", metadata={"namespace": "a"}),
        rule("a.com", name="private", metadata={"namespace": "a"}, exportTo=["."]),
        rule("a.com", name="hidden", metadata={"namespace": "a"}, exportTo=["~"]),
        rule("b.com", metadata={"namespace": "b"}, exportTo=["a"]),
    ],
)
def test_what_names_a_namespace_sets_it_apart(text: str) -> None:
    """By exporting to it, by a host that others declare too, by a rule for what is not its own."""
    graph = graph_of(team("a") + team("b"))
    assert graph.derive(shared_vantage, Vantage("a")) == NOWHERE
    graph.apply(resources(text))
    assert graph.derive(shared_vantage, Vantage("a")) == Vantage("a")


@given(EDITS, st.sampled_from(["a", "b", "istio-system", "nobody"]))
def test_sharing_changes_nothing(edits: list[list[str | Key]], namespace: str) -> None:
    """From the shared vantage every client sees what it would see from its own."""
    graph = Graph()
    for batch in edits:
        for item in batch:
            graph.apply({item: None} if isinstance(item, Key) else resources(item))
    own = graph.derive(vantage_for, Client(namespace))
    shared = graph.derive(shared_vantage, own)
    assert graph.derive(outbound_refs, Outbound(shared)) == graph.derive(outbound_refs, Outbound(own))
