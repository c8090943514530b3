"""The kinds of the Gateway API: what their CRDs take and refuse."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from schemas.check import check
from schemas.fault import Fault
from schemas.gateway_api_kinds import GATEWAY_API_KINDS, GROUP
from schemas.kind import Kind
from schemas.registry import DEFAULT_REGISTRY
from tests.schemas.builders import Content

RULE = "spec.rules[0]"
LISTENER = "spec.listeners[0]"


def kind(name: str) -> Kind:
    """The Gateway API's kind of that name."""
    return next(each for each in GATEWAY_API_KINDS if each.name == name)


def faults(name: str, content: object) -> list[Fault]:
    """What is wrong with a content, besides that it has no effect yet."""
    return [fault for fault in check(kind(name), orjson.dumps(content))[1] if fault.code != "GLY0109"]


def errors(name: str, content: object) -> set[str]:
    """The paths of the errors."""
    return {fault.path for fault in faults(name, content) if fault.severity == "error"}


def backend(**more: object) -> Content:
    """A backend: a Service and its port."""
    return {"name": "web", "port": 80, **more}


def route(*filters: Content, matches: list[Content] | None = None, **rule: object) -> Content:
    """A route of one rule; with a backend unless other fields of the rule are given."""
    first = {"filters": list(filters), **(rule or {"backendRefs": [backend()]})}
    if matches is not None:
        first["matches"] = matches
    return {"parentRefs": [{"name": "gw"}], "hostnames": ["a.example.com"], "rules": [first]}


def path(value: str, type_: str = "PathPrefix") -> Content:
    """A match of a path."""
    return {"path": {"type": type_, "value": value}}


def gateway(*listeners: Content, **more: object) -> Content:
    """A Gateway."""
    return {"gatewayClassName": "istio", "listeners": list(listeners) or [listener()], **more}


def listener(**more: Any) -> Content:  # noqa: ANN401  JSON values
    """A listener of HTTP on port 80."""
    return {"name": "http", "port": 80, "protocol": "HTTP", **more}


def https(**tls: object) -> Content:
    """A listener of HTTPS."""
    return listener(name="https", port=443, protocol="HTTPS", tls=tls)


def redirect(**more: object) -> Content:
    """A filter that redirects."""
    return {"type": "RequestRedirect", "requestRedirect": more}


def rewrite(**more: object) -> Content:
    """A filter that rewrites."""
    return {"type": "URLRewrite", "urlRewrite": more}


PREFIX = {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/b"}
FULL = {"type": "ReplaceFullPath", "replaceFullPath": "/b"}
HEADERS = {"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "a", "value": "b"}]}}
MIRROR = {"type": "RequestMirror", "requestMirror": {"backendRef": backend(), "percent": 10}}
AUTHORITY = {"group": "", "kind": "ConfigMap", "name": "ca"}
EXTENSION = {"type": "ExtensionRef", "extensionRef": {"group": "x.dev", "kind": "F", "name": "f"}}
SHARED = {"backendRef": backend(), "percent": 10, "fraction": {"numerator": 1}}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("GatewayClass", {"controllerName": "istio.io/gateway-controller", "description": "x"}),
        ("Gateway", gateway()),
        ("Gateway", gateway(listener(), listener(name="b", hostname="*.example.com"))),
        ("Gateway", gateway(https(certificateRefs=[{"name": "a", "namespace": "b"}], options={"a.b/c": "d"}))),
        ("Gateway", gateway(https(mode="Terminate", options={"gateway.istio.io/tls-terminate-mode": "MUTUAL"}))),
        ("Gateway", gateway(listener(protocol="TLS", tls={"mode": "Passthrough"}, hostname="a.b"))),
        ("Gateway", gateway(listener(protocol="http"), addresses=[{"value": "1.2.3.4"}, {"type": "Hostname"}])),
        ("Gateway", gateway(listener(protocol="x.dev/Foo"), infrastructure={"labels": {"a": "b"}})),
        (
            "Gateway",
            gateway(
                listener(
                    allowedRoutes={
                        "namespaces": {"from": "Selector", "selector": {"matchLabels": {"a": "b"}}},
                        "kinds": [{"kind": "HTTPRoute"}],
                    }
                )
            ),
        ),
        ("HTTPRoute", {}),
        ("HTTPRoute", route()),
        ("HTTPRoute", route(redirect(scheme="https", statusCode=301), matches=[], name="a")),
        ("HTTPRoute", route(rewrite(path=PREFIX, hostname="b.example.com"), matches=[path("/a")])),
        ("HTTPRoute", route(rewrite(path=PREFIX))),
        ("HTTPRoute", route(rewrite(path=FULL), HEADERS, MIRROR, MIRROR)),
        ("HTTPRoute", route(timeouts={"request": "10s", "backendRequest": "1s500ms"}, backendRefs=[backend()])),
        ("HTTPRoute", route(timeouts={"request": "0s", "backendRequest": "1h"}, backendRefs=[backend()])),
        ("HTTPRoute", route(backendRefs=[backend(weight=0), backend(kind="Bucket", group="x.dev", port=None)])),
        ("HTTPRoute", route(matches=[{"headers": [{"name": "x-a", "value": "b"}], "method": "GET"}])),
        ("HTTPRoute", route(matches=[path("/a.*", "RegularExpression"), path("/a%20b", "Exact")])),
        ("HTTPRoute", {"parentRefs": [{"name": "a", "sectionName": "x"}, {"name": "a", "sectionName": "y"}]}),
        (
            "HTTPRoute",
            {"parentRefs": [{"name": "a"}, {"name": "a", "namespace": "b"}, {"name": "a", "kind": "Service"}]},
        ),
        ("GRPCRoute", route(HEADERS, MIRROR, matches=[{"method": {"service": "a.B", "method": "Get"}}])),
        ("GRPCRoute", {}),
        ("TLSRoute", {"hostnames": ["a.b"], "rules": [{"backendRefs": [backend()]}]}),
        ("TCPRoute", {"rules": [{"name": "a", "backendRefs": [backend(), backend(weight=2)]}]}),
        ("UDPRoute", {"rules": [{"backendRefs": [backend()]}]}),
        (
            "ReferenceGrant",
            {
                "from": [{"group": GROUP, "kind": "HTTPRoute", "namespace": "a"}],
                "to": [{"group": "", "kind": "Service"}],
            },
        ),
        (
            "BackendTLSPolicy",
            {
                "targetRefs": [{"group": "", "kind": "Service", "name": "web"}],
                "validation": {"hostname": "a.example.com", "wellKnownCACertificates": "System"},
            },
        ),
        (
            "BackendTLSPolicy",
            {
                "targetRefs": [{"group": "", "kind": "Service", "name": "web", "sectionName": each} for each in "ab"],
                "validation": {
                    "hostname": "a.example.com",
                    "caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "ca"}],
                    "subjectAltNames": [{"type": "URI", "uri": "spiffe://a/b"}],
                },
            },
        ),
        ("ListenerSet", {"parentRef": {"name": "gw"}, "listeners": [listener()]}),
        ("XListenerSet", {"parentRef": {"name": "gw"}, "listeners": [{"name": "a", "protocol": "HTTP"}]}),
        (
            "XBackendTrafficPolicy",
            {
                "targetRefs": [{"group": "", "kind": "Service", "name": "web"}],
                "retryConstraint": {"budget": {"percent": 10, "interval": "5s"}},
                "sessionPersistence": {"sessionName": "a"},
            },
        ),
    ],
)
def test_what_the_crds_take_is_taken(name: str, content: Content) -> None:
    """Without a word."""
    assert faults(name, content) == []


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (gateway() | {"listeners": []}, "spec.listeners"),
        (gateway(listener(), listener(port=81)), "spec.listeners[1].name"),
        (gateway(listener(), listener(name="b")), "spec.listeners[1]"),
        (gateway(listener(hostname="a.b"), listener(name="b", hostname="a.b")), "spec.listeners[1]"),
        (gateway(listener(port=0)), f"{LISTENER}.port"),
        (gateway(listener(port=65536)), f"{LISTENER}.port"),
        (gateway(listener(name="A")), f"{LISTENER}.name"),
        (gateway(listener(protocol="a b")), f"{LISTENER}.protocol"),
        (gateway(listener(hostname="a.*.b")), f"{LISTENER}.hostname"),
        (gateway(listener(hostname="10.0.0.1")), f"{LISTENER}.hostname"),
        (gateway(listener(protocol="tcp", hostname="a.b")), f"{LISTENER}.hostname"),
        (gateway(listener(tls={"certificateRefs": [{"name": "a"}]})), f"{LISTENER}.tls"),
        (gateway(listener(protocol="TLS")), f"{LISTENER}.tls"),
        (gateway(https(mode="Passthrough")), f"{LISTENER}.tls.mode"),
        (gateway(https()), f"{LISTENER}.tls.certificateRefs"),
        (gateway(addresses=[{"value": "1.2.3.4"}] * 2), "spec.addresses[1]"),
        (gateway(addresses=[{"value": "here"}]), "spec.addresses[0].value"),
        (gateway(infrastructure={"labels": {"a b": "c"}}), 'spec.infrastructure.labels["a b"]'),
        (
            gateway(
                listener(
                    allowedRoutes={"namespaces": {"selector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}}
                )
            ),
            f"{LISTENER}.allowedRoutes.namespaces.selector.matchExpressions[0].values",
        ),
        (
            gateway(tls={"frontend": {"default": {}, "perPort": [{"port": 1, "tls": {}}, {"port": 1, "tls": {}}]}}),
            "spec.tls.frontend.perPort[1].port",
        ),
    ],
)
def test_a_gateway_that_the_crd_refuses_is_an_error_at_its_place(content: Content, path: str) -> None:
    """Each rule of the CRD."""
    assert errors("Gateway", content) == {path}


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"hostnames": ["*"]}, "spec.hostnames[0]"),
        ({"hostnames": ["A.example.com"]}, "spec.hostnames[0]"),
        ({"parentRefs": [{"name": "a"}, {"name": "a"}]}, "spec.parentRefs[1]"),
        ({"parentRefs": [{"name": "a"}, {"name": "a", "sectionName": "b"}]}, "spec.parentRefs[1]"),
        ({"parentRefs": [{"name": "a", "namespace": "B"}]}, "spec.parentRefs[0].namespace"),
        ({"rules": []}, "spec.rules"),
        ({"rules": [{"name": "a"}, {"name": "a"}]}, "spec.rules[1].name"),
        ({"rules": [{"matches": [{}] * 64}] * 3}, "spec.rules"),
        (route(backendRefs=[{"name": "a"}]), f"{RULE}.backendRefs[0].port"),
        (route(backendRefs=[backend(weight=-1)]), f"{RULE}.backendRefs[0].weight"),
        (route(redirect(), backendRefs=[backend()]), f"{RULE}.backendRefs"),
        (route(redirect(), rewrite(), name="a"), f"{RULE}.filters"),
        (route(HEADERS, HEADERS), f"{RULE}.filters"),
        (route({"type": "RequestRedirect"}), f"{RULE}.filters[0].requestRedirect"),
        (route({**HEADERS, "urlRewrite": {}}), f"{RULE}.filters[0].urlRewrite"),
        (route({"type": "Nope"}), f"{RULE}.filters[0].type"),
        (route(rewrite(path=PREFIX), matches=[path("/a"), path("/b")]), f"{RULE}.matches"),
        (route(rewrite(path=PREFIX), matches=[path("/a", "Exact")]), f"{RULE}.matches"),
        (route(rewrite(hostname="*.b.c")), f"{RULE}.filters[0].urlRewrite.hostname"),
        (route(rewrite(path={"type": "ReplaceFullPath"})), f"{RULE}.filters[0].urlRewrite.path.replaceFullPath"),
        (
            route(rewrite(path={**FULL, "replacePrefixMatch": "/"})),
            f"{RULE}.filters[0].urlRewrite.path.replacePrefixMatch",
        ),
        (route(redirect(statusCode=200), name="a"), f"{RULE}.filters[0].requestRedirect.statusCode"),
        (
            route({"type": "RequestMirror", "requestMirror": SHARED}),
            f"{RULE}.filters[0].requestMirror",
        ),
        (route(matches=[path("a")]), f"{RULE}.matches[0].path.value"),
        (route(matches=[path("/a//b")]), f"{RULE}.matches[0].path.value"),
        (route(matches=[path("/a/..", "Exact")]), f"{RULE}.matches[0].path.value"),
        (route(matches=[path("/ä")]), f"{RULE}.matches[0].path.value"),
        (route(matches=[path("/(", "RegularExpression")]), f"{RULE}.matches[0].path.value"),
        (route(matches=[{"headers": [{"name": "a", "value": "b"}] * 2}]), f"{RULE}.matches[0].headers[1].name"),
        (route(matches=[{"headers": [{"name": "a b", "value": "b"}]}]), f"{RULE}.matches[0].headers[0].name"),
        (route(matches=[{"queryParams": [{"name": "a", "value": "b"}] * 2}]), f"{RULE}.matches[0].queryParams[1].name"),
        (route(matches=[{"method": "get"}]), f"{RULE}.matches[0].method"),
        (route(timeouts={"request": "1.5s"}), f"{RULE}.timeouts.request"),
        (route(timeouts={"request": "1d"}), f"{RULE}.timeouts.request"),
        (route(timeouts={"request": "1s", "backendRequest": "2s"}), f"{RULE}.timeouts.backendRequest"),
        (
            route(sessionPersistence={"cookieConfig": {"lifetimeType": "Permanent"}}),
            f"{RULE}.sessionPersistence.absoluteTimeout",
        ),
        (route(sessionPersistence={"type": "Header", "cookieConfig": {}}), f"{RULE}.sessionPersistence.cookieConfig"),
    ],
)
def test_a_route_that_the_crd_refuses_is_an_error_at_its_place(content: Content, path: str) -> None:
    """Each rule of the CRD."""
    assert errors("HTTPRoute", content) == {path}


@pytest.mark.parametrize(
    ("name", "content", "path"),
    [
        ("GatewayClass", {"controllerName": "istio"}, "spec.controllerName"),
        ("GatewayClass", {}, "spec.controllerName"),
        ("GRPCRoute", route(matches=[{"method": {}}]), f"{RULE}.matches[0].method"),
        ("GRPCRoute", route(matches=[{"method": {"service": "a-b"}}]), f"{RULE}.matches[0].method.service"),
        ("GRPCRoute", route(matches=[{"method": {"method": "a.b"}}]), f"{RULE}.matches[0].method.method"),
        ("GRPCRoute", route(redirect(), name="a"), f"{RULE}.filters[0].type"),
        ("TCPRoute", {"rules": [{}]}, f"{RULE}.backendRefs"),
        ("TCPRoute", {}, "spec.rules"),
        ("TLSRoute", {"hostnames": ["1.2.3.4"], "rules": [{"backendRefs": [backend()]}]}, "spec.hostnames[0]"),
        ("ReferenceGrant", {"from": [], "to": [{"group": "", "kind": "Service"}]}, "spec.from"),
        (
            "ReferenceGrant",
            {"from": [{"group": "", "kind": "a/b", "namespace": "c"}], "to": [{"group": "", "kind": "Service"}]},
            "spec.from[0].kind",
        ),
        ("BackendTLSPolicy", {"targetRefs": [{"group": "", "kind": "A", "name": "a"}]}, "spec.validation"),
        (
            "BackendTLSPolicy",
            {"targetRefs": [{"group": "", "kind": "A", "name": "a"}], "validation": {"hostname": "a.b"}},
            "spec.validation",
        ),
        (
            "BackendTLSPolicy",
            {
                "targetRefs": [{"group": "", "kind": "A", "name": "a"}] * 2,
                "validation": {"hostname": "a.b", "wellKnownCACertificates": "System"},
            },
            "spec.targetRefs[1]",
        ),
        ("XListenerSet", {"parentRef": {"name": "a"}, "listeners": [listener(), listener()]}, "spec.listeners[1]"),
    ],
)
def test_what_other_crds_refuse_is_an_error_at_its_place(name: str, content: Content, path: str) -> None:
    """Each rule of the CRDs."""
    assert path in errors(name, content)


def test_a_field_that_is_not_known_is_a_warning_with_a_hint() -> None:
    """A newer API server may know it; a misspelt one must not pass in silence."""
    content = {"hostname": ["a.b"], "rules": [{"backendRefs": [backend(wieght=1)]}]}
    found = faults("HTTPRoute", content)
    assert [(each.code, each.severity, each.path) for each in found] == [
        ("GLY0101", "warning", "spec.hostname"),
        ("GLY0101", "warning", f"{RULE}.backendRefs[0].wieght"),
    ]
    assert [each.hint for each in found] == ["did you mean `hostnames`?", "did you mean `weight`?"]


def test_two_ways_to_change_one_header_are_a_warning() -> None:
    """The CRD takes it, but nobody knows what comes of it."""
    changed = {"set": [{"name": "A", "value": "b"}], "remove": ["a"]}
    content = route({"type": "ResponseHeaderModifier", "responseHeaderModifier": changed})
    [found] = faults("HTTPRoute", content)
    assert (found.severity, found.path) == ("warning", f"{RULE}.filters[0].responseHeaderModifier")


@pytest.mark.parametrize("each", GATEWAY_API_KINDS, ids=lambda each: each.name)
def test_every_version_is_known_and_every_null_is_as_not_written(each: Kind) -> None:
    """Of each kind: its versions lead to it, and an empty content never raises."""
    for version in each.api_versions():
        assert DEFAULT_REGISTRY.lookup(version, each.name) is each
    contents: list[Any] = [{}, {"rules": None, "listeners": None}, [], "x", {"rules": [None]}, {"listeners": [[]]}]
    for content in contents:
        check(each, orjson.dumps(content))


@pytest.mark.parametrize(
    ("name", "content", "path"),
    [
        ("Gateway", gateway(listener(protocol="TCP")), f"{LISTENER}.protocol"),
        ("Gateway", gateway(https(options={"gateway.istio.io/tls-terminate-mode": "MUTUAL"})), f"{LISTENER}.tls"),
        (
            "Gateway",
            gateway(tls={"frontend": {"default": {"validation": {"caCertificateRefs": [AUTHORITY]}}}}),
            "spec.tls.frontend.default.validation",
        ),
        ("HTTPRoute", {"parentRefs": [{"group": "", "kind": "Service", "name": "a"}]}, "spec.parentRefs[0].kind"),
        ("HTTPRoute", route(EXTENSION), f"{RULE}.filters[0]"),
        ("HTTPRoute", route(sessionPersistence={}, backendRefs=[backend()]), f"{RULE}.sessionPersistence"),
        ("TCPRoute", {"rules": [{"backendRefs": [backend()]}]}, "kind"),
    ],
)
def test_what_is_valid_and_has_no_effect_yet_says_so(name: str, content: Content, path: str) -> None:
    """One info at its place; the object flows on."""
    typed, found = check(kind(name), orjson.dumps(content))
    assert typed is not None
    assert [(each.code, each.severity, each.path) for each in found] == [("GLY0109", "info", path)]


def test_each_is_asked_for_by_the_plural_of_its_definition() -> None:
    """A cluster has them under these names, as its definitions say them; under another nothing would ever be read."""
    assert {f"{each.plural}.{each.group}" for each in GATEWAY_API_KINDS} == {
        *(
            f"{plural}.gateway.networking.k8s.io"
            for plural in ("gatewayclasses", "gateways", "httproutes", "grpcroutes")
        ),
        *(f"{plural}.gateway.networking.k8s.io" for plural in ("tlsroutes", "tcproutes", "udproutes", "listenersets")),
        *(f"{plural}.gateway.networking.k8s.io" for plural in ("referencegrants", "backendtlspolicies")),
        "backendlbpolicies.gateway.networking.k8s.io",
        *(f"{plural}.gateway.networking.x-k8s.io" for plural in ("xlistenersets", "xbackendtrafficpolicies")),
    }
