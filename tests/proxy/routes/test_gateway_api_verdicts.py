"""What is said of Gateways and HTTPRoutes is what is made of them: the verdicts of every part, and when they change."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from pipeline.derive import Graph
from pipeline.model.key import Key
from pipeline.stages.gateway_class import API_GATEWAY
from proxy.registry.gateway_api import HTTP_ROUTE
from proxy.registry.gateway_api_gateway_verdict import GatewayVerdict, ListenerVerdict, gateway_verdict
from proxy.registry.gateway_api_route_verdict import RouteVerdict, route_verdict
from proxy.registry.gateways import GatewayProxy, merged_gateway
from tests.proxy.routes.builders import resources
from tests.proxy.routes.test_gateway_api import ALL, EDGE, api, gateway, grant, graph_of, https, listener, route, rule

EDGE_KEY = Key(API_GATEWAY, "infra", "edge")
CERTIFICATE = {"tls.crt": "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t", "tls.key": "a2V5"}


def service(name: str, namespace: str = "infra") -> str:
    """A Service of port 80."""
    metadata = {"name": name, "namespace": namespace}
    spec = {"clusterIP": "10.0.0.1", "selector": {"app": name}, "ports": [{"port": 80, "name": "http"}]}
    return f"---\n{yaml.safe_dump({'apiVersion': 'v1', 'kind': 'Service', 'metadata': metadata, 'spec': spec})}"


def secret(name: str, **data: str) -> str:
    """A Secret of the Gateway's namespace; the builder takes what is under `spec` for an object's content."""
    metadata = {"name": name, "namespace": "infra"}
    return (
        f"---\n{yaml.safe_dump({'apiVersion': 'v1', 'kind': 'Secret', 'metadata': metadata, 'spec': {'data': data}})}"
    )


def of_gateway(text: str) -> GatewayVerdict:
    """What is said of the Gateway `edge`."""
    found = graph_of(text).derive(gateway_verdict, EDGE_KEY)
    assert found is not None
    return found


def only(text: str) -> ListenerVerdict:
    """What is said of its only listener."""
    (found,) = of_gateway(text).listeners
    return found


def of_route(text: str, name: str = "web") -> RouteVerdict:
    """What is said of an HTTPRoute of the Gateway's namespace."""
    found = graph_of(text).derive(route_verdict, Key(HTTP_ROUTE, "infra", name))
    assert found is not None
    return found


def test_what_is_well_has_no_reason() -> None:
    """A Gateway of one listener with one route to a service that is there."""
    text = gateway() + route() + service("web")
    verdict = only(text)
    assert (verdict.name, verdict.kinds, verdict.attached, verdict.wrong.reason) == ("http", ("HTTPRoute",), 1, "")
    found = of_route(text)
    assert [one.accepted.reason for one in found.parents] == [""]
    assert (found.resolved.reason, found.partly.reason) == ("", "")
    assert found.proxies == {of_gateway(text).proxies}


@pytest.mark.parametrize(
    ("one", "accepted", "resolved", "served"),
    [
        (listener(protocol="TCP"), "UnsupportedProtocol", "", False),
        (https(), "", "InvalidCertificateRef", False),
        (https({"name": "good"}), "", "", True),
        (https({"name": "absent"}), "", "InvalidCertificateRef", False),
        (https({"name": "empty"}), "", "InvalidCertificateRef", False),
        (https({"name": "good", "namespace": "other"}), "", "RefNotPermitted", False),
        (https({"name": "good"}, {"name": "good", "namespace": "other"}), "", "RefNotPermitted", True),
        (https({"name": "good", "kind": "Vault", "group": "example.com"}), "", "InvalidCertificateRef", False),
        (
            listener(allowedRoutes={"kinds": [{"kind": "HTTPRoute"}, {"kind": "GRPCRoute"}]}),
            "",
            "InvalidRouteKinds",
            True,
        ),
        (listener(allowedRoutes={"kinds": [{"kind": "GRPCRoute"}]}), "", "InvalidRouteKinds", False),
    ],
)
def test_a_listener_tells_what_is_wrong(one: dict[str, Any], accepted: str, resolved: str, served: bool) -> None:  # noqa: FBT001  a column of the table
    """By the reasons of the Gateway API; what is served in spite of it is not called wrong as a whole."""
    verdict = only(gateway(one) + secret("good", **CERTIFICATE) + secret("empty", **{"tls.crt": ""}))
    assert (verdict.accepted.reason, verdict.resolved.reason) == (accepted, resolved)
    assert (not verdict.wrong.reason) is served


def test_listeners_in_each_others_way_are_in_conflict() -> None:
    """Exactly those that the proxies leave out: of another protocol on a port, or of a host that is taken."""
    b, c, d = (
        {**https({"name": "good"}), "name": name, "port": port} for name, port in (("b", 80), ("c", 443), ("d", 443))
    )
    text = gateway(listener("a"), b, c, d)
    found = {one.name: one.conflicted.reason for one in of_gateway(text).listeners}
    assert found == {"a": "", "b": "ProtocolConflict", "c": "", "d": "HostnameConflict"}
    merged = graph_of(text).derive(merged_gateway, GatewayProxy(EDGE.namespace, EDGE.labels))
    kept = {server.gateway.name.rpartition("~")[2] for port in merged for server in port.servers}
    assert kept == {name for name, reason in found.items() if not reason}


@pytest.mark.parametrize(
    ("one", "more", "reason"),
    [
        (listener(**ALL), {"parent": {"sectionName": "other"}}, "NoMatchingParent"),
        (listener(**ALL), {"parent": {"port": 81}}, "NoMatchingParent"),
        (listener(allowedRoutes={"namespaces": {"from": "None"}}), {}, "NotAllowedByListeners"),
        (listener(protocol="TCP"), {}, "NotAllowedByListeners"),
        (listener(hostname="a.b"), {"hostnames": ["c.d"]}, "NoMatchingListenerHostname"),
        (listener(hostname="*.b"), {"hostnames": ["a.b"]}, ""),
    ],
)
def test_a_parent_tells_why_it_does_not_take_a_route(one: dict[str, Any], more: dict[str, Any], reason: str) -> None:
    """And takes exactly those without a reason."""
    text = gateway(one) + route(**more) + service("web")
    assert [parent.accepted.reason for parent in of_route(text).parents] == [reason]
    assert only(text).attached == (not reason)


def test_of_several_listeners_the_nearest_counts() -> None:
    """A route that one listener takes is taken; else the reason is that of the listener that came closest."""
    both = (listener("a", hostname="a.b"), listener("b", port=81, allowedRoutes={"namespaces": {"from": "None"}}))
    assert [one.accepted.reason for one in of_route(gateway(*both) + route(hostnames=["a.b"])).parents] == [""]
    found = of_route(gateway(*both) + route(hostnames=["c.d"]))
    assert [one.accepted.reason for one in found.parents] == ["NoMatchingListenerHostname"]


@pytest.mark.parametrize(
    ("backend", "more", "reason"),
    [
        ({"name": "web", "port": 80}, "", ""),
        ({"name": "gone", "port": 80}, "", "BackendNotFound"),
        ({"name": "web", "port": 81}, "", "BackendNotFound"),
        ({"name": "far", "namespace": "other", "port": 80}, "", "RefNotPermitted"),
        ({"name": "far", "namespace": "other", "port": 80}, grant("HTTPRoute", "infra", to="Service"), ""),
        ({"name": "web", "port": 80, "kind": "Bucket", "group": "example.com"}, "", "InvalidKind"),
    ],
)
def test_a_backend_that_is_wrong_is_told(backend: dict[str, Any], more: str, reason: str) -> None:
    """The route is attached all the same."""
    text = gateway() + route({"backendRefs": [backend]}) + service("web") + service("far", "other") + more
    found = of_route(text)
    assert (found.resolved.reason, found.parents[0].accepted.reason) == (reason, "")


def test_filters_that_are_not_served_are_told() -> None:
    """Of one rule of two the route is partly invalid; of all rules it is not accepted."""
    filters = [{"type": "ExtensionRef", "extensionRef": {"group": "example.com", "kind": "Filter", "name": "f"}}]
    bad = rule("/bad", filters=filters)
    partly = of_route(gateway() + route(rule("/good"), bad) + service("web"))
    assert (partly.partly.reason, partly.parents[0].accepted.reason) == ("UnsupportedValue", "")
    whole = of_route(gateway() + route(bad) + service("web"))
    assert (whole.partly.reason, whole.parents[0].accepted.reason) == ("", "UnsupportedValue")


def test_what_is_anothers_has_no_verdict() -> None:
    """A Gateway of another class, a route of it, and a route whose Gateway is not there."""
    graph = graph_of(gateway(class_name="other") + route() + route(name="lost", parent={"name": "nowhere"}))
    assert graph.derive(gateway_verdict, EDGE_KEY) is None
    for name in ("web", "lost"):
        assert graph.derive(route_verdict, Key(HTTP_ROUTE, "infra", name)) is None


def test_an_address_that_is_a_service_is_told_or_missed() -> None:
    """By the host that names it."""
    host = "in.infra.svc.cluster.local"
    text = gateway(addresses=[{"type": "Hostname", "value": host}])
    assert (of_gateway(text).address, of_gateway(text).missing, of_gateway(text).proxies) == ("", host, None)
    found = of_gateway(text + service("in"))
    assert (found.address, found.missing) == (host, "")
    assert found.proxies == GatewayProxy("infra", (("app", "in"),))


def test_a_verdict_changes_with_what_it_is_about() -> None:
    """A route with its service, a Gateway with its routes; nothing else is looked at anew."""
    graph = Graph()
    graph.apply(resources(gateway() + route()))
    for rule_, key in ((gateway_verdict, EDGE_KEY), (route_verdict, Key(HTTP_ROUTE, "infra", "web"))):
        graph.observe(rule_, key)
    graph.settle()
    graph.apply(resources(service("web")))
    assert graph.settle() == [(route_verdict, Key(HTTP_ROUTE, "infra", "web"))]
    graph.apply(resources(route(name="second")))
    assert graph.settle() == [(gateway_verdict, EDGE_KEY)]
    graph.apply(resources(service("unrelated") + api("HTTPRoute", "stray", {"parentRefs": [{"name": "nowhere"}]})))
    assert graph.settle() == []
