"""The rules of Ingress and IngressClass, in today's form and in that of `v1beta1`."""

from __future__ import annotations

import pytest

from schemas.kind import Kind
from schemas.registry import DEFAULT_REGISTRY
from schemas.version import check_version
from tests.schemas.builders import Content, errors, found

PATH = "spec.rules[0].http.paths[0]"


def to(service: str = "web", **port: object) -> Content:
    """A backend; port 80 where none is given."""
    return {"service": {"name": service, "port": port or {"number": 80}}}


def ingress(path: Content | None = None, **more: object) -> Content:
    """An Ingress of one path; its fields and those of the Ingress can be set anew."""
    item = {"path": "/", "pathType": "Prefix", "backend": to(), **(path or {})}
    rules = [{"host": "www.example.com", "http": {"paths": [item]}}]
    return {"rules": rules, **more}


@pytest.mark.parametrize(
    "content",
    [
        ingress(),
        ingress(ingressClassName="istio", tls=[{"hosts": ["*.example.com"], "secretName": "a"}, {"secretName": "b"}]),
        ingress({"pathType": "ImplementationSpecific", "path": ""}),
        ingress({"pathType": "ImplementationSpecific", "path": "/x/*"}),
        ingress({"pathType": "Exact", "path": "/a"}),
        ingress({"backend": to(name="http")}),
        ingress({"backend": {"resource": {"apiGroup": "x.dev", "kind": "Bucket", "name": "b"}}}),
        ingress({"pathType": None, "path": "/a.*", "backend": {"serviceName": "web", "servicePort": "http"}}),
        {"defaultBackend": to()},
        {"backend": {"serviceName": "web", "servicePort": 80}},
        {"rules": [{"host": "a.example.com"}], "defaultBackend": to()},
        ingress(somethingNew={"x": 1}),
    ],
)
def test_what_an_api_server_takes_is_taken(content: Content) -> None:
    """Without a word; fields that we do not read are not looked at."""
    assert found("Ingress", content) == set()


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({}, "spec"),
        (ingress({"path": "a"}), f"{PATH}.path"),
        (ingress({"path": "/a//b"}), f"{PATH}.path"),
        (ingress({"path": "/a/../b", "pathType": "Exact"}), f"{PATH}.path"),
        (ingress({"path": "/a%2fb"}), f"{PATH}.path"),
        (ingress({"path": "/a/.."}), f"{PATH}.path"),
        (ingress({"path": "a", "pathType": "ImplementationSpecific"}), f"{PATH}.path"),
        (ingress({"pathType": None}), f"{PATH}.pathType"),
        (ingress({"backend": {}}), f"{PATH}.backend"),
        (ingress({"backend": {**to(), "resource": {"kind": "A", "name": "b"}}}), f"{PATH}.backend"),
        (ingress({"backend": {"resource": {"name": "b"}}}), f"{PATH}.backend.resource.kind"),
        (ingress({"backend": to("Web")}), f"{PATH}.backend.service.name"),
        (ingress({"backend": to("1web")}), f"{PATH}.backend.service.name"),
        (ingress({"backend": {"service": {"name": "web"}}}), f"{PATH}.backend.service.port"),
        (ingress({"backend": to(name="http", number=80)}), f"{PATH}.backend.service.port"),
        (ingress({"backend": to(number=70000)}), f"{PATH}.backend.service.port.number"),
        (ingress({"backend": to(name="a_b")}), f"{PATH}.backend.service.port.name"),
        (ingress({"backend": {"serviceName": "web"}}), f"{PATH}.backend.servicePort"),
        (ingress({"backend": {"serviceName": "web", "servicePort": 0}}), f"{PATH}.backend.servicePort"),
        (ingress(ingressClassName="A b"), "spec.ingressClassName"),
        (ingress(tls=[{"hosts": ["a", "10.0.0.1"]}]), "spec.tls[0].hosts[1]"),
        ({"rules": [{"host": "*"}], "defaultBackend": to()}, "spec.rules[0].host"),
        ({"rules": [{"host": "Www.example.com"}], "defaultBackend": to()}, "spec.rules[0].host"),
        ({"rules": [{"host": "a.*.com"}], "defaultBackend": to()}, "spec.rules[0].host"),
        ({"rules": [{"http": {"paths": []}}]}, "spec.rules[0].http.paths"),
    ],
)
def test_what_an_api_server_refuses_is_an_error_at_its_place(content: Content, path: str) -> None:
    """Each rule of Kubernetes' own validation, for those who apply nothing to an API server."""
    assert path in errors("Ingress", content)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (ingress({"path": 1}), ("GLY0102", f"{PATH}.path")),
        (ingress({"pathType": "prefix"}), ("GLY0103", f"{PATH}.pathType")),
        (ingress({"backend": None}), ("GLY0104", f"{PATH}.backend")),
        ({"rules": {}}, ("GLY0102", "spec.rules")),
    ],
)
def test_values_of_wrong_types_are_errors(content: Content, fault: tuple[str, str]) -> None:
    """Of the fields that are read."""
    assert fault in found("Ingress", content)


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"controller": "istio.io/ingress-controller"}, ""),
        (
            {"controller": "x.dev/a", "parameters": {"kind": "A", "name": "b", "scope": "Namespace", "namespace": "c"}},
            "",
        ),
        ({}, "spec.controller"),
        ({"controller": "istio"}, "spec.controller"),
        ({"controller": f"x.dev/{'a' * 250}"}, "spec.controller"),
        ({"controller": "x.dev/a", "parameters": {"kind": "A"}}, "spec.parameters.name"),
        (
            {"controller": "x.dev/a", "parameters": {"kind": "A", "name": "b", "scope": "Namespace"}},
            "spec.parameters.namespace",
        ),
        (
            {"controller": "x.dev/a", "parameters": {"kind": "A", "name": "b", "namespace": "c"}},
            "spec.parameters.namespace",
        ),
    ],
)
def test_an_ingress_class_names_a_controller(content: Content, path: str) -> None:
    """Of the form domain/name; its parameters have a namespace where that is their scope."""
    assert errors("IngressClass", content) == ({path} if path else set())


@pytest.mark.parametrize("version", ["extensions/v1beta1", "networking.k8s.io/v1beta1"])
def test_the_old_versions_are_the_same_kind_and_deprecated(version: str) -> None:
    """They are read, with a warning that names today's version."""
    kind = DEFAULT_REGISTRY.lookup(version, "Ingress")
    assert isinstance(kind, Kind)
    assert kind is DEFAULT_REGISTRY.kind("Ingress")
    [fault] = check_version(kind, version)
    assert (fault.code, fault.severity) == ("IST0002", "warning")
    assert "networking.k8s.io/v1`" in fault.hint
    assert not list(check_version(kind, "networking.k8s.io/v1"))
