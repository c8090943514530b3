"""What an edit costs the analyzers, and that it ends where a fresh start ends."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
from hypothesis import given
from hypothesis import strategies as st

from pipeline.derive import Graph
from pipeline.model.digest import Digest
from pipeline.model.key import Key
from pipeline.model.resource import canonical
from pipeline.stages.analyze import findings
from tests.analyze.meshes import document, large, pod, resources, service

if TYPE_CHECKING:
    from pipeline.derive.node import Node
    from pipeline.model.resource import Resource


def edited(resource: Resource, **spec: object) -> Resource:
    """Return a resource with other fields."""
    return replace(resource, spec=canonical({**orjson.loads(resource.spec), **spec}), digest=Digest(""))


def test_an_edit_costs_the_findings_that_read_it() -> None:
    """In a mesh of 300 services, an edit of one recomputes few rules, and changes the findings that it should."""
    mesh = large(300)
    graph = Counting()
    graph.apply(mesh)
    for key in mesh:
        graph.observe(findings, key)
    entry = Key("ServiceEntry", "default", "svc-7")
    graph.runs = 0
    port = {"number": 8080, "name": "http", "protocol": "HTTP"}
    graph.apply({entry: edited(mesh[entry], ports=[port])})
    assert not graph.settle(), "a destination without a port goes to the only one there is"
    assert graph.runs < 15
    graph.apply({Key("ServiceEntry", "default", "svc-8"): None})
    assert graph.settle(), "the first host that is missing fills the index of near hosts, once"
    graph.runs = 0
    graph.apply({entry: None})
    gone = {Key("VirtualService", "default", "svc-7"), Key("DestinationRule", "default", "svc-7")}
    assert {key for _, key in graph.settle()} == gone
    assert graph.runs < 30


class Counting(Graph):
    """A graph that counts the rules it runs."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__()
        self.runs = 0

    def _run(self, node: Node) -> tuple[object, dict[Node, None]]:
        self.runs += 1
        return super()._run(node)


def test_ten_thousand_objects_are_analysed_in_seconds() -> None:
    """A cold start is linear: three thousand times three objects take a fraction of ten seconds of CPU."""
    mesh = large(3_334)
    graph = Graph()
    graph.apply(mesh)
    before = time.process_time()
    assert not any(graph.derive(findings, key) for key in mesh)
    assert time.process_time() - before < 10


HOSTS = ("a", "b", "c.example")
OBJECTS = st.sampled_from(
    [
        *(service(name, *ports) for name in "ab" for ports in ((80,), (80, 81))),
        *(
            document("VirtualService", name, f"  hosts: [{host}]\n  http: [{{route: [{{destination: {{{to}}}}}]}}]")
            for name in "vw"
            for host in HOSTS
            for to in ("host: a, subset: v1", "host: b, port: {number: 81}", "host: c.example")
        ),
        *(
            document(
                "DestinationRule", name, f"  host: {host}\n  subsets: [{{name: {subset}, labels: {{v: {subset}}}}}]"
            )
            for name in "rs"
            for host in HOSTS
            for subset in ("v1", "v2")
        ),
        *(
            document(
                "Gateway",
                name,
                f"  selector: {{istio: {name}}}\n  servers:\n"
                f"  - {{hosts: ['{host}'], port: {{number: 80, name: http, protocol: HTTP}}}}",
            )
            for name in "gh"
            for host in HOSTS
        ),
        *(pod(name, f"{{istio: g, v: {label}}}") for name in "pq" for label in ("v1", "v2")),
        document("Sidecar", "x", "  workloadSelector: {labels: {v: v1}}\n  egress: [{hosts: ['./*']}]"),
        document("Sidecar", "z", "  egress: [{hosts: ['./*']}]"),
        document("Sidecar", "z", "  workloadSelector: {labels: {istio: g}}\n  egress: [{hosts: ['./*']}]"),
        document("ServiceEntry", "e", "  hosts: [c.example]\n  ports: [{number: 1, name: p}]\n  resolution: DNS"),
        document("ServiceEntry", "e", "  hosts: ['*.example']\n  exportTo: ['.']\n  resolution: NONE"),
    ]
)


@given(st.lists(st.tuples(OBJECTS, st.booleans()), max_size=12))
def test_after_any_edits_the_findings_are_those_of_a_fresh_start(edits: list[tuple[str, bool]]) -> None:
    """The law of the graph, for all the analyzers' rules together."""
    graph, mesh = Graph(), {}
    watched: set[Key] = set()
    for text, present in edits:
        ((key, resource),) = resources(text).items()
        mesh[key] = resource if present else None
        graph.apply({key: mesh[key]})
        if key not in watched:
            graph.observe(findings, key)
            watched.add(key)
        graph.settle()
    fresh = Graph()
    fresh.apply(mesh)
    for key in mesh:
        assert graph.derive(findings, key) == fresh.derive(findings, key)
