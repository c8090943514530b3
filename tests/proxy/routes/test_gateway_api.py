"""The Gateway API as traffic: whose Gateways are ours, which routes a listener takes, what is not granted."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.derive import Graph, View
from pipeline.model.key import Key
from pipeline.model.resource import Resource
from pipeline.stages.gateway_class import API_GATEWAY
from proxy.ref import Ref
from proxy.registry.gateways import GatewayProxy, merged_gateway
from proxy.scope import Scope
from proxy.translate.virtual_hosts import virtual_host_refs
from schemas.gateway_api_kinds import GROUP
from tests.proxy.routes.builders import resources, router, tables
from tests.proxy.routes.test_incremental import CountingGraph

EDGE = router("infra", **{"gateway.networking.k8s.io/gateway-name": "edge"})
ALL: dict[str, Any] = {"allowedRoutes": {"namespaces": {"from": "All"}}}
WEB = "outbound|80||web.{}.svc.cluster.local"


def api(kind: str, name: str, spec: dict[str, Any], namespace: str = "infra", **metadata: Any) -> str:  # noqa: ANN401  JSON values
    """An object of the Gateway API as YAML."""
    content = {
        "apiVersion": f"{GROUP}/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, **metadata},
        "spec": spec,
    }
    return f"---\n{yaml.safe_dump(content)}"


def gateway(*listeners: dict[str, Any], class_name: str = "istio", **spec: Any) -> str:  # noqa: ANN401  JSON values
    """The Gateway `edge`; one listener for all hosts where none is given."""
    found = list(listeners) or [listener(**ALL)]
    return api("Gateway", "edge", {"gatewayClassName": class_name, "listeners": found, **spec})


def listener(name: str = "http", **more: Any) -> dict[str, Any]:  # noqa: ANN401  JSON values
    """A listener of HTTP on port 80."""
    return {"name": name, "port": 80, "protocol": "HTTP", **more}


def https(*refs: dict[str, str], **more: Any) -> dict[str, Any]:  # noqa: ANN401  JSON values
    """A listener of HTTPS on port 443, with certificates."""
    tls = {"certificateRefs": list(refs), **more.pop("tls", {})}
    return listener("https", **{"port": 443, "protocol": "HTTPS", "tls": tls, **ALL, **more})


def route(*rules: dict[str, Any], name: str = "web", namespace: str = "infra", **more: Any) -> str:  # noqa: ANN401  JSON values
    """An HTTPRoute of `edge`; one rule to the service `web` where none is given; `parent` and hosts may be."""
    parent = {"name": "edge", "namespace": "infra", **more.pop("parent", {})}
    created = {"creationTimestamp": more.pop("created", "")}
    spec = {"parentRefs": [parent], "rules": list(rules) or [rule()], **more}
    return api("HTTPRoute", name, spec, namespace, **created)


def rule(*paths: str, backend: str = "web", namespace: str = "", **more: Any) -> dict[str, Any]:  # noqa: ANN401  JSON values
    """A rule of prefixes to a service."""
    ref = {"name": backend, "port": 80, **({"namespace": namespace} if namespace else {})}
    matches = [{"path": {"type": "PathPrefix", "value": path}} for path in paths]
    return {**({"matches": matches} if matches else {}), "backendRefs": [ref], **more}


def grant(kind: str, namespace: str, *, to: str, name: str = "") -> str:
    """A ReferenceGrant in `other` for Services or Secrets."""
    target = {"group": "", "kind": to, **({"name": name} if name else {})}
    spec = {"from": [{"group": GROUP, "kind": kind, "namespace": namespace}], "to": [target]}
    return api("ReferenceGrant", "grant", spec, "other")


def graph_of(text: str) -> Graph:
    """The graph of a mesh."""
    graph = Graph()
    graph.apply(resources(text))
    return graph


def served(text: str, scope: Scope = EDGE, table: str = "http.80") -> dict[str, list[str]]:
    """Where each host's routes go: a cluster, or the status of an answer."""
    found = tables(graph_of(text), scope).get(table)
    hosts = found.virtual_hosts if found is not None else ()
    return {
        host.domains[0]: [route.route.cluster or str(route.direct_response.status) for route in host.routes]
        for host in hosts
        if host.routes
    }


def servers(text: str, scope: Scope = EDGE) -> int:
    """How many servers a proxy has."""
    merged = graph_of(text).derive(merged_gateway, GatewayProxy(scope.namespace, scope.labels))
    return sum(len(port.servers) for port in merged)


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        (gateway(), True),
        (gateway(class_name="other"), False),
        (
            gateway(class_name="mine")
            + api("GatewayClass", "mine", {"controllerName": "istio.io/gateway-controller"}, ""),
            True,
        ),
        (gateway() + api("GatewayClass", "istio", {"controllerName": "example.com/other"}, ""), False),
    ],
)
def test_the_class_decides_whose_a_gateway_is(text: str, ours: bool) -> None:  # noqa: FBT001  a column of the table
    """By its controller; the class `istio` is ours without an object."""
    assert bool(servers(text)) is ours


def test_a_gateway_is_for_the_proxies_that_it_names() -> None:
    """Those of its name in its namespace, or those of the Service among its addresses."""
    assert servers(gateway(), EDGE) == 1
    assert servers(gateway(), router("other", **dict(EDGE.labels))) == 0
    assert servers(gateway(), router("infra")) == 0
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "ingress", "namespace": "istio-system"},
        "spec": {"clusterIP": "10.0.0.1", "selector": {"istio": "ingressgateway"}, "ports": [{"port": 80}]},
    }
    host = "ingress.istio-system.svc.cluster.local"
    text = gateway(addresses=[{"type": "Hostname", "value": host}])
    assert servers(text + "---\n" + yaml.safe_dump(service), router()) == 1
    assert servers(text + "---\n" + yaml.safe_dump(service), EDGE) == 0
    assert servers(text, router()) == 0


NAMED = {"matchExpressions": [{"key": "team", "operator": "In", "values": ["a", "b"]}]}
LABELLED = "---\n" + yaml.safe_dump(
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "namespace": "", "labels": {"team": "a"}}}
)


@pytest.mark.parametrize(
    ("allowed", "namespace", "takes"),
    [
        (None, "infra", True),
        (None, "shop", False),
        ({"namespaces": {"from": "Same"}}, "shop", False),
        ({"namespaces": {"from": "All"}}, "shop", True),
        ({"namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "a"}}}}, "shop", True),
        ({"namespaces": {"from": "Selector", "selector": {"matchLabels": {"team": "b"}}}}, "shop", False),
        ({"namespaces": {"from": "Selector", "selector": NAMED}}, "shop", True),
        ({"namespaces": {"from": "Selector", "selector": NAMED}}, "infra", False),
        ({"namespaces": {"from": "All"}, "kinds": [{"kind": "GRPCRoute"}]}, "shop", False),
        ({"namespaces": {"from": "All"}, "kinds": [{"kind": "HTTPRoute"}]}, "shop", True),
    ],
)
def test_a_listener_takes_the_routes_that_it_allows(allowed: Any, namespace: str, takes: bool) -> None:  # noqa: ANN401, FBT001  a column of the table
    """By namespace and by kind."""
    one = listener(**({"allowedRoutes": allowed} if allowed is not None else {}))
    text = gateway(one) + LABELLED + route(namespace=namespace)
    assert served(text) == ({"*": [WEB.format(namespace)]} if takes else {})


@pytest.mark.parametrize(
    ("parent", "takes"),
    [
        ({}, True),
        ({"sectionName": "http"}, True),
        ({"sectionName": "other"}, False),
        ({"port": 80}, True),
        ({"port": 81}, False),
        ({"name": "other"}, False),
        ({"namespace": "other"}, False),
        ({"kind": "Service", "group": ""}, False),
    ],
)
def test_a_route_is_attached_to_the_listeners_that_it_names(parent: dict[str, Any], takes: bool) -> None:  # noqa: FBT001  a column of the table
    """By Gateway, by section, by port."""
    assert bool(served(gateway() + route(parent=parent))) is takes


@pytest.mark.parametrize(
    ("own", "hosts", "expected"),
    [
        (None, [], ["*"]),
        (None, ["a.b.c"], ["a.b.c"]),
        ("*.b.c", [], ["*.b.c"]),
        ("*.b.c", ["a.b.c", "x.y.z"], ["a.b.c"]),
        ("a.b.c", ["*.b.c"], ["a.b.c"]),
        ("*.b.c", ["*.c"], ["*.b.c"]),
        ("*.b.c", ["b.c"], []),
    ],
)
def test_of_hosts_that_overlap_the_narrower_one_counts(own: str | None, hosts: list[str], expected: list[str]) -> None:
    """A route without a host in common is not attached."""
    one = listener(**ALL, **({"hostname": own} if own else {}))
    assert sorted(served(gateway(one) + route(hostnames=hosts))) == expected


def test_routes_of_a_host_are_one_list() -> None:
    """The longest path first, whatever the route; of equal ones the oldest route's."""
    old = route(rule("/a", backend="old"), rule("/", backend="old"), name="z", created="2020-01-01T00:00:00Z")
    new = route(rule("/a", backend="new"), rule("/a/b", backend="new"), name="a", created="2021-01-01T00:00:00Z")
    found = served(gateway() + new + old)["*"]
    assert [cluster.split("|")[3].partition(".")[0] for cluster in found] == ["new", "old", "new", "old"]


@pytest.mark.parametrize(
    ("more", "cluster"),
    [
        ("", "not-permitted~"),
        (grant("HTTPRoute", "infra", to="Service"), "web.other"),
        (grant("HTTPRoute", "infra", to="Service", name="web"), "web.other"),
        (grant("HTTPRoute", "infra", to="Service", name="x"), "not-permitted~"),
        (grant("HTTPRoute", "else", to="Service"), "not-permitted~"),
        (grant("GRPCRoute", "infra", to="Service"), "not-permitted~"),
        (grant("HTTPRoute", "infra", to="Secret"), "not-permitted~"),
    ],
)
def test_a_backend_of_another_namespace_needs_a_grant(more: str, cluster: str) -> None:
    """Of that namespace, for this kind, namespace and name."""
    [found] = served(gateway() + more + route(rule(namespace="other")))["*"]
    assert found.startswith(f"outbound|80||{cluster}")


def test_what_cannot_be_served_as_written_answers_500() -> None:
    """A filter that is not known here, no backends, none with a weight; a backend of another kind leads nowhere."""
    unknown = {"type": "ExtensionRef", "extensionRef": {"group": "x", "kind": "y", "name": "z"}}
    rules = [
        rule("/a", filters=[unknown]),
        {"matches": [{"path": {"value": "/b"}}]},
        rule("/c") | {"backendRefs": [{"name": "web", "port": 80, "weight": 0}]},
    ]
    assert served(gateway() + route(*rules))["*"] == ["500", "500", "500"]
    other = {"backendRefs": [{"group": "x.dev", "kind": "Bucket", "name": "b"}]}
    assert "not-permitted~" in served(gateway() + route(other))["*"][0]


def test_a_listener_that_asks_for_more_than_is_served_is_left_out() -> None:
    """Clients' certificates, and certificates that it may not have; the rest is served."""
    own, foreign = {"name": "a"}, {"name": "a", "namespace": "other"}
    assert servers(gateway(https(own))) == 1
    assert servers(gateway(https(foreign))) == 0
    assert servers(gateway(https(foreign)) + grant("Gateway", "infra", to="Secret")) == 1
    assert servers(gateway(https(own, tls={"options": {"gateway.istio.io/tls-terminate-mode": "MUTUAL"}}))) == 0
    asking = {"default": {"validation": {"caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "ca"}]}}}
    assert servers(gateway(listener(), https(own), tls={"frontend": asking})) == 1
    assert servers(gateway(listener(protocol="TCP"))) == 0


def test_what_is_made_leads_back_to_what_was_written() -> None:
    """Whoever asks what a virtual host was made of finds the route and the Gateway."""
    graph = graph_of(gateway() + route(hostnames=["a.b.c"]))
    [ref] = [ref for ref in graph.derive(_refs, EDGE) if ref.name == "http.80/a.b.c"]
    assert {Key("HTTPRoute", "infra", "web"), Key(API_GATEWAY, "infra", "edge")} <= graph.reads(ref.rule, ref.key)


def test_an_edit_of_one_route_makes_one_virtual_host() -> None:
    """Of 30 routes, each of a host of its own."""
    graph = CountingGraph()
    graph.apply(resources(gateway() + "".join(_numbered(number, "web") for number in range(30))))
    graph.observe(_bodies, EDGE)
    graph.settle()
    graph.runs.clear()
    graph.apply(resources(_numbered(7, "new")))
    graph.settle()
    assert graph.runs["routes_at"] == 1
    assert graph.runs["ranked_routes"] == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["x", "y", "gateway", "grant"]), st.integers(0, 3)), max_size=8))
def test_edits_end_where_a_fresh_start_would(edits: list[tuple[str, int]]) -> None:
    """After any edits in any order, of routes, of the Gateway, of grants; 0 is a deletion."""
    graph = Graph()
    graph.observe(_bodies, EDGE)
    left: dict[Key, Resource | None] = {}
    for name, number in edits:
        [(key, made)] = resources(_edited(name, number)).items()
        left[key] = made if number else None
        graph.apply({key: left[key]})
        graph.settle()
    fresh = Graph()
    fresh.apply(left)
    assert graph.derive(_bodies, EDGE) == fresh.derive(_bodies, EDGE)


def _edited(name: str, number: int) -> str:
    if name == "gateway":
        return gateway(listener(hostname=f"*.h{number}.c"), listener("all", port=81, **ALL))
    if name == "grant":
        return grant("HTTPRoute", "infra", to="Service", name=f"s{number}")
    return route(rule(f"/{number}", backend=f"s{number}", namespace="other"), name=name, hostnames=[f"a.h{number}.c"])


def _numbered(number: int, service: str) -> str:
    return route(rule(backend=service), name=f"r{number}", hostnames=[f"h{number}.example.com"])


def _refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    return virtual_host_refs(view, scope)


def _bodies(view: View, scope: Scope) -> tuple[tuple[str, bytes], ...]:
    return tuple((ref.name, view.derive(ref.rule, ref.key).body) for ref in virtual_host_refs(view, scope))
