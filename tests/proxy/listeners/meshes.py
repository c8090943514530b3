"""Meshes for tests of listeners: services of any protocol, gateways, TCP routes, and what proxies get of them."""

from __future__ import annotations

from typing import Any

from pipeline.derive import Graph
from proxy.node import node_of
from proxy.scope import Scope, scope_of
from proxy.translate.listeners import listener_refs
from proxy.translate.secrets import secret_refs
from tests.proxy.routes.builders import document

SIDECAR = "sidecar~10.0.0.1~x.default~default.svc.cluster.local"
ROUTER = "router~10.0.0.2~gw.default~default.svc.cluster.local"
INGRESS = {"LABELS": {"istio": "ingressgateway"}}


def service(name: str, port: int, protocol: str, *addresses: str, **more: Any) -> str:  # noqa: ANN401  JSON
    """A ServiceEntry with one port, as YAML."""
    spec = {
        "hosts": [name if "." in name else f"{name}.example.com"],
        "addresses": list(addresses),
        "ports": [{"number": port, "name": "p", "protocol": protocol}],
        "resolution": "STATIC",
        "location": "MESH_INTERNAL",
        "endpoints": [{"address": "10.9.0.1"}],
        **more,
    }
    return document("ServiceEntry", name.replace("*", "any"), spec)


def gateway(*servers: dict[str, Any], name: str = "gw") -> str:
    """A Gateway of the ingress gateways."""
    return document("Gateway", name, {"selector": {"istio": "ingressgateway"}, "servers": list(servers)})


def server(port: int, protocol: str, *hosts: str, tls: dict[str, Any] | None = None) -> dict[str, Any]:
    """A server of a Gateway."""
    found: dict[str, Any] = {"port": {"number": port, "name": f"p{port}", "protocol": protocol}, "hosts": list(hosts)}
    return found if tls is None else {**found, "tls": tls}


def scope(graph: Graph, node: str = SIDECAR, **metadata: Any) -> Scope:  # noqa: ANN401  JSON
    """The scope of a proxy."""
    return graph.derive(scope_of, node_of(node, metadata))


def refs_of_both(view: Any, wanted: Scope) -> Any:  # noqa: ANN401  a rule of any graph
    """The references to a proxy's listeners and secrets."""
    return (*listener_refs(view, wanted), *secret_refs(view, wanted))
