"""Meshes for the analyzers' tests: written as YAML, as users do, and a large one that is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from galley.documents.read import read
from pipeline.derive import Graph
from pipeline.model.key import Key
from pipeline.stages.analyze import findings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.model.resource import Resource

NETWORKING = "networking.istio.io/v1"


def resources(text: str) -> dict[Key, Resource]:
    """Return the objects of a YAML text."""
    reading = read(text.encode(), "files", "mesh.yaml")
    assert not reading.faults, reading.faults
    return {item.resource.key: item.resource for item in reading.resources}


def graph_of(*texts: str, **inputs: object) -> Graph:
    """Return a graph over the objects of YAML texts, and inputs."""
    graph = Graph()
    graph.apply({key: resource for text in texts for key, resource in resources(text).items()})
    for name, value in inputs.items():
        graph.set_input(name, value)
    return graph


def said(*texts: str, **inputs: object) -> list[tuple[str, str, str]]:
    """Return code, `KIND NAMESPACE/NAME` and path of each finding, sorted."""
    graph = graph_of(*texts, **inputs)
    keys = [key for text in texts for key in resources(text)]
    return sorted((one.code, str(key), one.path) for key in keys for one in graph.derive(findings, key))


def document(kind: str, name: str, spec: str, *, namespace: str = "default", metadata: str = "") -> str:
    """Return one object of Istio's or Kubernetes' (`Service`, `Pod`, ...) with its spec, indented by two."""
    core = kind in {"Service", "Pod", "Secret", "Namespace", "ConfigMap"}
    head = f"apiVersion: {'v1' if core else NETWORKING}\nkind: {kind}\n"
    body = spec if kind == "Secret" else f"spec:\n{spec}\n"
    return f"---\n{head}metadata:\n  name: {name}\n  namespace: {namespace}\n{metadata}{body}"


def service(name: str, *ports: int, namespace: str = "default", metadata: str = "", selector: str = "") -> str:
    """Return a Service with HTTP ports."""
    lines = "".join(f"  - port: {port}\n    name: http-{port}\n" for port in ports or (80,))
    spec = f"  ports:\n{lines}" + (f"  selector: {selector}\n" if selector else "")
    return document("Service", name, spec, namespace=namespace, metadata=metadata)


def pod(name: str, labels: str, *, namespace: str = "default", metadata: str = "") -> str:
    """Return a Pod with labels, as a flow mapping."""
    head = f"  labels: {labels}\n{metadata}"
    return document("Pod", name, "  containers: []", namespace=namespace, metadata=head)


def large(count: int) -> dict[Key, Resource]:
    """Return a mesh of that many services, each with VirtualService and DestinationRule, in which nothing is wrong."""
    return resources("".join(_trio(number) for number in range(count)))


def _trio(number: int) -> str:
    host = f"svc-{number}.example.com"
    entry = f"""  hosts: [{host}]
  addresses: [10.{number >> 8}.{number & 255}.1]
  ports: [{{number: 80, name: http, protocol: HTTP}}]
  resolution: STATIC
  endpoints: [{{address: 192.0.2.1, labels: {{version: v1}}}}]"""
    rule = f"  host: {host}\n  subsets: [{{name: v1, labels: {{version: v1}}}}]"
    route = f"  hosts: [{host}]\n  http: [{{route: [{{destination: {{host: {host}, subset: v1}}}}]}}]"
    return "\n".join(
        document(kind, f"svc-{number}", spec) + "\n"
        for kind, spec in (("ServiceEntry", entry), ("DestinationRule", rule), ("VirtualService", route))
    )


def all_findings(graph: Graph, keys: Iterable[Key]) -> dict[Key, object]:
    """Return the findings of each object."""
    return {key: graph.derive(findings, key) for key in keys}
