"""What an edit makes the server do, and say: the same in a mesh of a hundred services and of a thousand."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from galley.documents.read import read
from pipeline.derive import Graph
from pipeline.stages.analyze import findings
from proxy.catalogue import refs
from proxy.node import node_of
from proxy.resource_type import ResourceType
from proxy.scope import scope_of
from proxy.xds.catalogue import Catalogue
from proxy.xds.delta import DeltaRequest, DeltaSession
from proxy.xds.discovery import Discovery
from tests.bench.mesh import ROUTE_TABLE, route, service
from tests.bench.table import show

if TYPE_CHECKING:
    from pipeline.derive.node import Node
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource

pytestmark = pytest.mark.bench

EDITS = 10


class Counting(Graph):
    """A graph that counts the rules it runs."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__()
        self.runs = 0

    def _run(self, node: Node) -> tuple[object, dict[Node, None]]:
        self.runs += 1
        return super()._run(node)


def _resources(text: str) -> dict[Key, Resource]:
    return {item.resource.key: item.resource for item in read(text.encode(), "files", "mesh.yaml").resources}


def _drain(session: DeltaSession) -> int:
    """Take and accept all that is due; return its bytes."""
    size = 0
    while (message := session.next()) is not None:
        size += len(message.data)
        session.receive(DeltaRequest(type=message.type, nonce=message.nonce))
    return size


def _proxy(discovery: Discovery) -> DeltaSession:
    """A sidecar that has everything."""
    node = node_of("sidecar~10.9.0.1~app.default~default.svc.cluster.local", {})
    session = discovery.open_delta(node, lambda: None, 0.0)
    for type_ in (ResourceType.CLUSTER, ResourceType.LISTENER):
        session.receive(DeltaRequest(type=type_))
    session.receive(DeltaRequest(type=ResourceType.ROUTE, subscribe=(ROUTE_TABLE,)))
    session.receive(DeltaRequest(type=ResourceType.VIRTUAL_HOST))
    return session


def _price(services: int) -> tuple[float, float, float]:
    """The rules run from nothing, those that an edit runs, and the bytes that it sends."""
    graph = Counting()
    discovery = Discovery(graph, Catalogue(scope_of=scope_of, refs=refs), count(1))
    mesh: dict[Key, Resource] = {}
    for i in range(services):
        mesh |= _resources(service(i) + "---\n" + route(i))
    graph.apply(mesh)
    for key in mesh:
        graph.observe(findings, key)
    discovery.publish(graph.settle(), 1)
    session = _proxy(discovery)
    assert _drain(session) > services
    cold, graph.runs, size = graph.runs, 0, 0
    for number in range(EDITS):
        graph.apply(_resources(route(0, f"edit-{number}")))
        discovery.publish(graph.settle(), number + 2)
        sent = _drain(session)
        assert sent
        size += sent
    return cold, graph.runs / EDITS, size / EDITS


def test_an_edit_costs_what_it_touches() -> None:
    """Ten times the mesh is ten times the cold start, and not one rule or byte more for an edit."""
    small, large = _price(100), _price(1_000)
    ratios = [after / before for before, after in zip(small, large, strict=True)]
    show(
        "An edit of one VirtualService",
        ("services", "rules, cold", "rules an edit", "bytes an edit"),
        [(100, *small), (1_000, *large), ("ratio", *(f"{ratio:.2f}x" for ratio in ratios))],
    )
    assert ratios[0] > 5
    assert ratios[1] < 1.1
    assert ratios[2] < 1.1
