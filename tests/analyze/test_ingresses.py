"""Ingresses and HTTPRoutes among the other objects: whose they are, and backends that are not there."""

from __future__ import annotations

import pytest

from tests.analyze.meshes import said, service

OURS = "annotations: {kubernetes.io/ingress.class: istio}"
WEB = service("web", 80)


def ingress(backend: str, metadata: str = OURS) -> str:
    """An Ingress of one path."""
    return f"""---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: a, namespace: default, {metadata}}}
spec:
  rules: [{{http: {{paths: [{{path: /, pathType: Prefix, backend: {backend}}}]}}}}]
"""


def gateway(class_name: str = "istio") -> str:
    """A Gateway of the Gateway API."""
    return f"""---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: edge}}
spec:
  gatewayClassName: {class_name}
  listeners: [{{name: http, port: 80, protocol: HTTP}}]
"""


def route(backend: str, parent: str = "name: edge") -> str:
    """An HTTPRoute of that Gateway."""
    return f"""---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: r}}
spec:
  parentRefs: [{{{parent}}}]
  rules: [{{backendRefs: [{backend}]}}]
"""


GRANT = """---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: g, namespace: other}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}]
  to: [{group: "", kind: Service}]
"""
PATH = "spec.rules[0].http.paths[0].backend.service"


@pytest.mark.parametrize(
    ("backend", "path"),
    [
        ("{service: {name: web, port: {number: 80}}}", ""),
        ("{service: {name: web, port: {name: http-80}}}", ""),
        ("{service: {name: web, port: {number: 81}}}", PATH),
        ("{service: {name: web, port: {name: other}}}", PATH),
        ("{service: {name: gone, port: {number: 80}}}", PATH),
        ("{service: {name: gone, port: {name: http}}}", PATH),
        ("{serviceName: gone, servicePort: 80}", PATH.removesuffix(".service")),
        ("{resource: {kind: Bucket, name: b}}", ""),
    ],
)
def test_a_backend_that_is_not_there_is_told(backend: str, path: str) -> None:
    """Of Ingresses that are ours: a service, a port by number or by name."""
    assert said(WEB, ingress(backend)) == ([("IST0101", "Ingress default/a", path)] if path else [])


def test_an_ingress_of_another_class_is_told_to_be_left_alone() -> None:
    """As an info; its backends are not looked at."""
    backend = "{service: {name: gone, port: {number: 80}}}"
    assert said(WEB, ingress(backend, "labels: {}")) == [("GLY0308", "Ingress default/a", "spec.ingressClassName")]


def test_a_gateway_of_another_class_is_told_to_be_left_alone() -> None:
    """With its routes."""
    name = "Gateway.gateway.networking.k8s.io default/edge"
    assert said(gateway("other"), route("{name: gone, port: 80}")) == [("GLY0308", name, "spec.gatewayClassName")]
    assert said(gateway()) == []


@pytest.mark.parametrize(
    ("backend", "wrong"),
    [
        ("{name: web, port: 80}", False),
        ("{name: web, port: 81}", True),
        ("{name: gone, port: 80}", True),
        ("{name: web, namespace: other, port: 80}", True),
        ("{group: x.dev, kind: Bucket, name: b}", False),
    ],
)
def test_a_backend_of_a_route_exists_and_may_be_named(backend: str, wrong: bool) -> None:  # noqa: FBT001  a column of the table
    """A ReferenceGrant allows one of another namespace."""
    there = service("web", 80, namespace="other")
    expected = [("IST0101", "HTTPRoute default/r", "spec.rules[0].backendRefs[0]")] if wrong else []
    assert said(WEB, there, gateway(), route(backend)) == expected
    if "other" in backend:
        assert said(WEB, there, gateway(), GRANT, route(backend)) == []


def test_a_mirror_exists_and_may_be_named() -> None:
    """As a backend does."""
    there, whole = service("web", 80, namespace="other"), route("{name: web, port: 80}")
    path = "spec.rules[0].filters[0].requestMirror.backendRef"
    for mirror in ("{name: gone, port: 80}", "{name: web, namespace: other, port: 80}"):
        filters = f"filters: [{{type: RequestMirror, requestMirror: {{backendRef: {mirror}}}}}], backendRefs"
        mirrored = whole.replace("backendRefs", filters)
        assert said(WEB, there, gateway(), mirrored) == [("IST0101", "HTTPRoute default/r", path)]


@pytest.mark.parametrize(
    ("parent", "path"),
    [
        ("name: edge, sectionName: http", ""),
        ("name: edge, sectionName: https", "spec.parentRefs[0].sectionName"),
        ("name: gone", "spec.parentRefs[0]"),
        ("name: edge, namespace: other", "spec.parentRefs[0]"),
        ("name: web, kind: Service, group: ''", ""),
    ],
)
def test_a_gateway_that_is_not_there_is_told(parent: str, path: str) -> None:
    """Or a listener of it; a parent of another kind is not looked for."""
    expected = [("IST0101", "HTTPRoute default/r", path)] if path else []
    assert said(WEB, gateway(), route("{name: web, port: 80}", parent)) == expected
