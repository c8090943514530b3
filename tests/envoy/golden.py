"""Whole meshes, the proxies that read them, and what those are to be sent: `tests/golden/CASE`.

`input.yaml` is the mesh; `node.json` the proxies by name, each an id and metadata (a sidecar and an ingress gateway
where the file is not there). The words CERTIFICATE and KEY in a mesh stand for a certificate made for the occasion.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from galley.documents.read import read
from pipeline.derive import Graph
from pipeline.model.diagnostic import Severity
from pipeline.model.key import Key
from pipeline.model.resource import Resource
from proxy.encoded import Encoded
from proxy.node import Node, node_of
from proxy.resource_type import ResourceType
from proxy.translate.as_json import as_json
from proxy.translate.offline import translate
from schemas.registry import DEFAULT_REGISTRY
from tests.envoy.certificates import self_signed

FOLDER = Path(__file__).parents[1] / "golden"
_PROXIES: dict[str, Any] = {
    "sidecar": {"id": "sidecar~10.0.0.1~x.default~default.svc.cluster.local", "metadata": {}},
    "router": {
        "id": "router~10.0.0.1~ingress.istio-system~istio-system.svc.cluster.local",
        "metadata": {"LABELS": {"istio": "ingressgateway"}},
    },
}


def resources_of(text: str) -> dict[Key, Resource]:
    """The objects of a mesh; every document of it must be right."""
    reading = read(text.encode(), "files", "mesh.yaml", registry=DEFAULT_REGISTRY)
    assert reading.parsed, reading.faults
    wrong = [diagnostic for item in reading.resources for diagnostic in item.diagnostics]
    assert not [found for found in wrong if found.severity is Severity.ERROR], wrong
    return {item.resource.key: item.resource for item in reading.resources}


def graph_of(text: str) -> Graph:
    """The graph of a mesh."""
    graph = Graph()
    graph.apply(resources_of(text))
    return graph


@cache
def mesh(case: Path) -> Graph:
    """The graph of a case."""
    made = self_signed("golden.example.com")
    text = (case / "input.yaml").read_text()
    text = text.replace(": CERTIFICATE\n", f": {json.dumps(made.certificate)}\n")
    return graph_of(text.replace(": KEY\n", f": {json.dumps(made.key)}\n"))


def nodes(case: Path) -> dict[str, Node]:
    """The proxies of a case."""
    path = case / "node.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else _PROXIES
    return {name: node_of(item["id"], item["metadata"]) for name, item in found.items()}


def sent(case: Path, node: Node) -> dict[ResourceType, list[Encoded]]:
    """Everything that a proxy of a case is sent."""
    return translate(mesh(case), node)


def listeners_and_secrets(case: Path) -> dict[str, Any]:
    """What the proxies of a case are sent of these two, in JSON; certificates under the words that stand for them."""
    found = {
        name: {
            word: [as_json(item) for item in made[type_]]
            for word, type_ in (("lds", ResourceType.LISTENER), ("sds", ResourceType.SECRET))
        }
        for name, node in nodes(case).items()
        for made in [sent(case, node)]
    }
    plain = json.dumps(found, indent=1, sort_keys=True)
    certificate = json.dumps(self_signed("golden.example.com").certificate)
    return dict(json.loads(plain.replace(certificate, '"CERTIFICATE"')))
