"""What a node would be sent, without a server: every resource that its scope sees. Pure."""

from __future__ import annotations

from pipeline.derive import Graph
from proxy.catalogue import refs
from proxy.encoded import Encoded
from proxy.node import Node
from proxy.resource_type import ResourceType
from proxy.scope import scope_of

_SHOWN = (
    ResourceType.CLUSTER,
    ResourceType.ENDPOINT,
    ResourceType.LISTENER,
    ResourceType.ROUTE_TABLE,
    ResourceType.SECRET,
)


def translate(graph: Graph, node: Node) -> dict[ResourceType, list[Encoded]]:
    """Return the resources of a node by type, each list sorted by name; route configurations are whole tables."""
    scope = graph.derive(scope_of, node)
    found: dict[ResourceType, list[Encoded]] = {}
    for type_ in _SHOWN:
        made = (graph.derive(ref.rule, ref.key) for ref in graph.derive(refs, (scope, type_)))
        found[type_] = [resource for resource in made if resource is not None]
    return found
