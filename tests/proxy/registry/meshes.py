"""Small meshes as YAML, and their graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from pipeline.derive import Graph
from pipeline.model.key import Key
from pipeline.model.origin import Origin
from pipeline.model.resource import Resource, canonical
from proxy.node import node_of
from proxy.scope import Scope, scope_of

_WITHOUT_SPEC = ("EndpointSlice", "Pod", "ConfigMap")
_CLUSTER_SCOPED = ("Node", "Namespace")
CLIENT = "sidecar~10.9.9.9~client.default~default.svc.cluster.local"
"""The id of a sidecar that serves nothing."""


def resource(document: Mapping[str, Any]) -> Resource:
    """The resource of a document; one without a namespace is in `default`."""
    kind, metadata = document["kind"], document["metadata"]
    namespace = "" if kind in _CLUSTER_SCOPED else metadata.get("namespace", "default")
    rest = {name: value for name, value in document.items() if name not in ("apiVersion", "kind", "metadata")}
    return Resource(
        key=Key(kind, namespace, metadata["name"]),
        api_version=document.get("apiVersion", "networking.istio.io/v1"),
        spec=canonical(rest if kind in _WITHOUT_SPEC else document.get("spec", {})),
        origin=Origin(source="test"),
        labels=metadata.get("labels", {}),
        annotations=metadata.get("annotations", {}),
        created=metadata.get("creationTimestamp", ""),
    )


def resources(text: str) -> dict[Key, Resource]:
    """The resources of a stream of YAML documents."""
    found = [resource(document) for document in yaml.load_all(text, Loader=yaml.CSafeLoader) if document]
    return {item.key: item for item in found}


def graph_of(text: str, mesh: Mapping[str, Any] | None = None, **inputs: object) -> Graph:
    """A graph over a stream of YAML documents, a MeshConfig and named inputs."""
    graph = Graph()
    for name, value in inputs.items():
        graph.set_input(name, value)
    graph.apply(resources(text))
    if mesh is not None:
        graph.apply(mesh_file(mesh))
    return graph


def mesh_file(content: Mapping[str, Any]) -> dict[Key, Resource]:
    """What `--mesh-config` makes of a file with this content."""
    key = Key("MeshConfig", "", "mesh")
    return {key: Resource(key=key, api_version="", spec=canonical(content), origin=Origin(source="mesh"))}


def document(kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> str:  # noqa: ANN401  JSON values
    """A document as YAML; more metadata by keyword."""
    content = {"kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}
    return f"---\n{yaml.safe_dump(content)}"


def entry(
    host: str,
    *,
    name: str = "",
    metadata: Mapping[str, Any] | None = None,
    **spec: Any,  # noqa: ANN401  JSON values
) -> str:
    """A ServiceEntry of one host, STATIC and inside the mesh with one HTTP port unless said otherwise, as YAML."""
    whole = {
        "hosts": [host],
        "resolution": "STATIC",
        "location": "MESH_INTERNAL",
        "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}],
        **spec,
    }
    return document("ServiceEntry", name or host.replace("*", "any"), whole, **(metadata or {}))


def rule(
    host: str,
    *,
    name: str = "",
    metadata: Mapping[str, Any] | None = None,
    **spec: Any,  # noqa: ANN401  JSON values
) -> str:
    """A DestinationRule for a host, as YAML."""
    return document("DestinationRule", name or host.replace("*", "any"), {"host": host, **spec}, **(metadata or {}))


def scope(graph: Graph, identity: str = CLIENT, **metadata: Any) -> Scope:  # noqa: ANN401  JSON values
    """The scope of a node with this id and metadata."""
    return graph.derive(scope_of, node_of(identity, metadata))
