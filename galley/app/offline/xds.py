"""What a node would be sent, as JSON data by type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from proxy.node import node_of
from proxy.resource_type import ResourceType
from proxy.translate.as_json import as_json
from proxy.translate.offline import translate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.derive import Graph

_NAMES = {
    "cds": ResourceType.CLUSTER,
    "eds": ResourceType.ENDPOINT,
    "lds": ResourceType.LISTENER,
    "rds": ResourceType.ROUTE_TABLE,
    "sds": ResourceType.SECRET,
}


def resources(graph: Graph, node: str, metadata: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the resources of a node in proto3 JSON, by `cds`, `eds`, `lds`, `rds` and `sds`, each sorted by name."""
    found = translate(graph, node_of(node, metadata))
    return {word: [as_json(resource) for resource in found[type_]] for word, type_ in _NAMES.items()}
