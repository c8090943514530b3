"""Meshes as YAML, their graph, and what translation makes of them, decoded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from envoy.config.route.v3.route_components_pb2 import VirtualHost
from envoy.config.route.v3.route_pb2 import RouteConfiguration

from galley.documents.resource import key_kind
from pipeline.derive import Graph
from pipeline.model.key import Key
from pipeline.model.origin import Origin
from pipeline.model.resource import Resource, canonical
from proxy.registry.vantage import Vantage
from proxy.scope import ProxyType, Scope
from proxy.translate.routes import route_refs, vhds_route_refs
from proxy.translate.virtual_hosts import virtual_host_refs
from schemas.registry import DEFAULT_REGISTRY

_NETWORKING = "networking.istio.io/v1"


def resource(document: Mapping[str, Any]) -> Resource:
    """The resource of a document; a document without a namespace is in `default`."""
    metadata = document["metadata"]
    version, word = document.get("apiVersion", _NETWORKING), document["kind"]
    if version != _NETWORKING:  # these builders write it for kinds of every group
        word = key_kind(version, word, DEFAULT_REGISTRY)
    key = Key(word, metadata.get("namespace", "default"), metadata["name"])
    return Resource(
        key=key,
        api_version=version,
        spec=canonical(document.get("spec", {})),
        origin=Origin(source="test"),
        labels=metadata.get("labels", {}),
        annotations=metadata.get("annotations", {}),
        created=metadata.get("creationTimestamp", ""),
    )


def resources(text: str) -> dict[Key, Resource]:
    """The resources of a stream of YAML documents."""
    found = [resource(document) for document in yaml.safe_load_all(text) if document]
    return {item.key: item for item in found}


def graph_of(text: str) -> Graph:
    """A graph of a stream of YAML documents."""
    graph = Graph()
    graph.apply(resources(text))
    return graph


def sidecar(namespace: str = "default", *, labels: Mapping[str, str] | None = None, chosen: Key | None = None) -> Scope:
    """The scope of a sidecar; `chosen` is the Sidecar that applies to it."""
    return Scope(
        namespace=namespace,
        dns_domain=f"{namespace}.svc.cluster.local",
        labels=tuple(sorted((labels or {}).items())),
        vantage=Vantage(namespace, chosen),
    )


def router(namespace: str = "istio-system", **labels: str) -> Scope:
    """The scope of a gateway proxy."""
    return Scope(
        type=ProxyType.ROUTER,
        namespace=namespace,
        dns_domain=f"{namespace}.svc.cluster.local",
        labels=tuple(sorted((labels or {"istio": "ingressgateway"}).items())),
        vantage=Vantage(namespace),
    )


def tables(graph: Graph, scope: Scope) -> dict[str, RouteConfiguration]:
    """The whole route configurations of a scope, by name."""
    out = {}
    for ref in graph.derive(_route_refs, scope):
        body = graph.derive(ref.rule, ref.key).body
        out[ref.name] = RouteConfiguration.FromString(body)
        assert out[ref.name].name == ref.name
    return out


def small_tables(graph: Graph, scope: Scope) -> dict[str, RouteConfiguration]:
    """The route configurations that take their virtual hosts one by one, by name."""
    refs = graph.derive(_vhds_route_refs, scope)
    return {ref.name: RouteConfiguration.FromString(graph.derive(ref.rule, ref.key).body) for ref in refs}


def hosts(graph: Graph, scope: Scope) -> dict[str, VirtualHost]:
    """The virtual hosts of a scope as resources of their own, by name."""
    out = {}
    for ref in graph.derive(_virtual_host_refs, scope):
        out[ref.name] = VirtualHost.FromString(graph.derive(ref.rule, ref.key).body)
        assert out[ref.name].name == ref.name
    return out


def table(text: str, name: str = "80", scope: Scope | None = None) -> dict[str, VirtualHost]:
    """The virtual hosts of one whole table, by name."""
    found = tables(graph_of(text), scope or sidecar())[name]
    return {host.name: host for host in found.virtual_hosts}


def routes(text: str, host: str = "a.example.com:80", scope: Scope | None = None) -> list[Any]:
    """The routes of one virtual host of the table of its port."""
    return list(table(text, host.rpartition(":")[2], scope)[host].routes)


def entry(host: str, *, port: int = 80, namespace: str = "default", addresses: tuple[str, ...] = ()) -> str:
    """A ServiceEntry of one host with one HTTP port, as YAML."""
    spec = {
        "hosts": [host],
        "addresses": list(addresses),
        "ports": [{"number": port, "name": "http", "protocol": "HTTP"}],
        "resolution": "STATIC",
        "location": "MESH_INTERNAL",
    }
    return document("ServiceEntry", host.replace("*", "any"), spec, namespace=namespace)


def document(kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> str:  # noqa: ANN401  JSON values
    """A document of Istio's networking group, as YAML."""
    metadata = {"name": name, "namespace": "default", **metadata}
    content = {"apiVersion": "networking.istio.io/v1", "kind": kind, "metadata": metadata, "spec": spec}
    return f"---\n{yaml.safe_dump(content)}"


def virtual_service(
    *http: Mapping[str, Any],
    hosts: tuple[str, ...] = ("a.example.com",),
    name: str = "a",
    **more: Any,  # noqa: ANN401  JSON values
) -> str:
    """A VirtualService with these HTTP routes, as YAML; `metadata` and fields of the spec may be given."""
    metadata = more.pop("metadata", {})
    return document("VirtualService", name, {"hosts": list(hosts), "http": list(http), **more}, **metadata)


def to(host: str = "a.example.com", **more: Any) -> dict[str, Any]:  # noqa: ANN401  JSON values
    """A weighted destination; `subset`, `port` and `weight` may be given."""
    port = {"port": {"number": more.pop("port")}} if "port" in more else {}
    subset = {"subset": more.pop("subset")} if "subset" in more else {}
    return {"destination": {"host": host, **subset, **port}, **more}


def _route_refs(view: Any, scope: Scope) -> Any:  # noqa: ANN401  JSON values
    return route_refs(view, scope)


def _vhds_route_refs(view: Any, scope: Scope) -> Any:  # noqa: ANN401  JSON values
    return vhds_route_refs(view, scope)


def _virtual_host_refs(view: Any, scope: Scope) -> Any:  # noqa: ANN401  JSON values
    return virtual_host_refs(view, scope)
