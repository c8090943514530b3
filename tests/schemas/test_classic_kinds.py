"""The rules of the classic kinds: authentication, authorization, and Mixer's client kinds."""

from __future__ import annotations

import orjson
import pytest

from schemas.check import check
from schemas.identity import check_identity
from schemas.kind import Kind
from schemas.kinds.authentication_policy import Policy
from schemas.registry import DEFAULT_REGISTRY
from tests.schemas.builders import Content

JWT: Content = {"issuer": "https://example.com", "jwksUri": "https://example.com/keys"}
ROLE = {"kind": "ServiceRole", "name": "a"}
SERVICE = {"name": "foo", "namespace": "bar"}
NAMES: Content = {"attributes": {"api.service": {"stringValue": "a"}}}
PATTERN: Content = {"httpMethod": "GET", "uriTemplate": "/api/pets/{id}", "attributes": NAMES}
GROUPS = {
    "Policy": "authentication.istio.io",
    "MeshPolicy": "authentication.istio.io",
    "HTTPAPISpec": "config.istio.io",
    "HTTPAPISpecBinding": "config.istio.io",
    "QuotaSpec": "config.istio.io",
    "QuotaSpecBinding": "config.istio.io",
}


def classic(name: str) -> Kind:
    """The classic kind of that name."""
    found = DEFAULT_REGISTRY.kind(name, GROUPS.get(name, "rbac.istio.io"))
    assert found is not None
    return found


def found(name: str, content: object) -> set[tuple[str, str]]:
    """Code and path of each fault, less the one that the kind has no effect yet."""
    faults = {(fault.code, fault.path) for fault in check(classic(name), orjson.dumps(content))[1]}
    return faults - {("GLY0109", "kind")}


def origin(**fields: object) -> Content:
    """A policy with one token."""
    return {"origins": [{"jwt": {**JWT, **fields}}]}


def role(**fields: object) -> Content:
    """A role with one rule."""
    return {"rules": [{"services": ["*"], **fields}]}


def binding(*subjects: Content, **fields: object) -> Content:
    """A binding of a role."""
    return {"subjects": list(subjects) or [{"user": "a"}], "roleRef": ROLE, **fields}


def rule(**fields: object) -> Content:
    """A rule for quotas."""
    return {"rules": [{"quotas": [{"quota": "q", "charge": 1}], **fields}]}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Policy", {}),
        ("Policy", {"peers": [{"mtls": None}]}),
        ("Policy", {"peers": [{"mtls": {"mode": "PERMISSIVE"}}], "peerIsOptional": True}),
        ("Policy", {"targets": [{"name": "productpage", "ports": [{"number": 9000}, {"name": "http"}]}]}),
        ("Policy", {**origin(audiences=["a"], jwtHeaders=["x"]), "principalBinding": "USE_ORIGIN"}),
        ("Policy", origin(triggerRules=[{"excludedPaths": [{"exact": "/a"}], "includedPaths": [{"regex": "^/a.*"}]}])),
        ("Policy", {"peer_is_optional": True, "principal_binding": "USE_PEER"}),
        ("MeshPolicy", {"peers": [{"mtls": {}}]}),
        ("ClusterRbacConfig", {"mode": "ON_WITH_INCLUSION", "inclusion": {"namespaces": ["default"]}}),
        ("ClusterRbacConfig", {"mode": "ON_WITH_EXCLUSION", "exclusion": {}}),
        ("ClusterRbacConfig", {"mode": "OFF", "enforcement_mode": "PERMISSIVE"}),
        ("ServiceRole", role(methods=["GET"], paths=["/a/*"], constraints=[{"key": "k", "values": ["v"]}])),
        ("ServiceRole", role(notMethods=["GET"], ports=[80])),
        ("ServiceRoleBinding", binding()),
        ("ServiceRoleBinding", binding({"properties": {"source.namespace": "a"}}, mode="PERMISSIVE")),
        ("ServiceRoleBinding", {"subjects": [{"names": ["a"], "ips": ["10.0.0.0/8"]}], "role": "/viewer"}),
        ("ServiceRoleBinding", {"subjects": [{"user": "*"}], "actions": [{"paths": ["/info"], "methods": ["GET"]}]}),
        (
            "AuthorizationPolicy",
            {"workloadSelector": {"labels": {"app": "a"}}, "allow": [{"subjects": [{"names": ["a"]}], "role": "b"}]},
        ),
        ("HTTPAPISpec", {"attributes": NAMES, "patterns": [PATTERN], "api_keys": [{"query": "api-key"}]}),
        ("HTTPAPISpec", {"patterns": [{"httpMethod": "GET", "regex": "^/a"}], "apiKeys": [{"cookie": "c"}]}),
        ("HTTPAPISpecBinding", {"services": [SERVICE], "api_specs": [{"name": "petstore", "namespace": "default"}]}),
        ("QuotaSpec", rule(match=[{"clause": {"request.path": {"prefix": "/books"}}}])),
        ("QuotaSpec", {"rules": [{"quotas": [{"quota": "q", "charge": "5"}]}]}),
        ("QuotaSpecBinding", {"services": [{"service": "*"}], "quotaSpecs": [{"name": "q"}]}),
    ],
)
def test_what_istio_takes_is_taken(name: str, content: Content) -> None:
    """Istio read these from text: the names of the protos and numbers as text are taken too."""
    assert found(name, content) == set()


@pytest.mark.parametrize(
    ("name", "content", "path"),
    [
        ("Policy", {"targets": [{"name": "a.b"}]}, "spec.targets[0].name"),
        ("Policy", {"targets": [{}]}, "spec.targets[0].name"),
        ("Policy", {"targets": [{"name": "a", "ports": [{}]}]}, "spec.targets[0].ports[0]"),
        ("Policy", {"targets": [{"name": "a", "ports": [{"number": 70000}]}]}, "spec.targets[0].ports[0].number"),
        ("Policy", {"targets": [{"name": "a", "ports": [{"name": "a.b"}]}]}, "spec.targets[0].ports[0].name"),
        ("Policy", {"origins": [{}]}, "spec.origins[0].jwt"),
        ("Policy", origin(issuer=""), "spec.origins[0].jwt.issuer"),
        ("Policy", origin(audiences=[""]), "spec.origins[0].jwt.audiences[0]"),
        ("Policy", origin(jwksUri="foo.com"), "spec.origins[0].jwt.jwksUri"),
        ("Policy", origin(jwks="{"), "spec.origins[0].jwt.jwks"),
        ("Policy", origin(jwtHeaders=[""]), "spec.origins[0].jwt.jwtHeaders[0]"),
        ("Policy", origin(jwtParams=[""]), "spec.origins[0].jwt.jwtParams[0]"),
        ("Policy", {"peers": [{"jwt": JWT}], "origins": [{"jwt": JWT}]}, "spec.origins[0].jwt.issuer"),
        ("MeshPolicy", {"targets": [{"name": "a"}]}, "spec.targets"),
        ("ClusterRbacConfig", {"mode": "ON_WITH_INCLUSION"}, "spec.inclusion"),
        ("ClusterRbacConfig", {"mode": "ON_WITH_EXCLUSION", "inclusion": {}}, "spec.exclusion"),
        ("ServiceRole", {}, "spec.rules"),
        ("ServiceRole", {"rules": [{}]}, "spec.rules[0].services"),
        ("ServiceRole", role(methods=["a"], notMethods=["b"]), "spec.rules[0].notMethods"),
        ("ServiceRole", role(ports=[1], notPorts=[2]), "spec.rules[0].notPorts"),
        ("ServiceRole", role(ports=[1, 70000]), "spec.rules[0].ports[1]"),
        ("ServiceRole", role(constraints=[{"values": ["a"]}]), "spec.rules[0].constraints[0].key"),
        ("ServiceRole", role(constraints=[{"key": "a"}]), "spec.rules[0].constraints[0].values"),
        ("ServiceRoleBinding", {"roleRef": ROLE}, "spec.subjects"),
        ("ServiceRoleBinding", binding({}), "spec.subjects[0]"),
        ("ServiceRoleBinding", binding({"ips": ["a"]}), "spec.subjects[0].ips[0]"),
        ("ServiceRoleBinding", {"subjects": [{"user": "a"}]}, "spec.roleRef"),
        ("ServiceRoleBinding", binding(role="b"), "spec.role"),
        ("ServiceRoleBinding", binding(roleRef={"kind": "Role", "name": "a"}), "spec.roleRef.kind"),
        ("ServiceRoleBinding", binding(roleRef={"kind": "ServiceRole"}), "spec.roleRef.name"),
        ("AuthorizationPolicy", {"workloadSelector": {"labels": {"a": "*"}}}, "spec.workloadSelector.a"),
        ("AuthorizationPolicy", {"allow": [{"role": "a"}]}, "spec.allow[0].subjects"),
        ("HTTPAPISpec", {}, "spec.patterns"),
        ("HTTPAPISpec", {"attributes": {}, "patterns": [PATTERN]}, "spec.attributes.attributes"),
        ("HTTPAPISpec", {"patterns": [{"uriTemplate": "/a"}]}, "spec.patterns[0].httpMethod"),
        ("HTTPAPISpec", {"patterns": [{"httpMethod": "GET", "uriTemplate": ""}]}, "spec.patterns[0].uriTemplate"),
        ("HTTPAPISpec", {"patterns": [{"httpMethod": "GET", "regex": ""}]}, "spec.patterns[0].regex"),
        ("HTTPAPISpec", {"patterns": [PATTERN], "apiKeys": [{"query": ""}]}, "spec.apiKeys[0].query"),
        (
            "HTTPAPISpec",
            {"attributes": {"attributes": {"a": {"stringValue": ""}}}, "patterns": [PATTERN]},
            "spec.attributes.attributes.a.stringValue",
        ),
        (
            "HTTPAPISpec",
            {"attributes": {"attributes": {"a": {"timestampValue": "soon"}}}, "patterns": [PATTERN]},
            "spec.attributes.attributes.a.timestampValue",
        ),
        (
            "HTTPAPISpec",
            {"attributes": {"attributes": {"a": {"stringMapValue": {}}}}, "patterns": [PATTERN]},
            "spec.attributes.attributes.a.stringMapValue.entries",
        ),
        ("HTTPAPISpecBinding", {"apiSpecs": [{"name": "a"}]}, "spec.services"),
        ("HTTPAPISpecBinding", {"services": [SERVICE]}, "spec.apiSpecs"),
        ("HTTPAPISpecBinding", {"services": [SERVICE], "apiSpecs": [{}]}, "spec.apiSpecs[0].name"),
        (
            "HTTPAPISpecBinding",
            {"services": [SERVICE], "apiSpecs": [{"name": "a", "namespace": "a.b"}]},
            "spec.apiSpecs[0].namespace",
        ),
        ("QuotaSpec", {}, "spec.rules"),
        ("QuotaSpec", rule(quotas=[]), "spec.rules[0].quotas"),
        ("QuotaSpec", rule(quotas=[{"charge": 1}]), "spec.rules[0].quotas[0].quota"),
        ("QuotaSpec", rule(quotas=[{"quota": "a"}]), "spec.rules[0].quotas[0].charge"),
        ("QuotaSpec", rule(match=[{"clause": {"a": {"exact": ""}}}]), "spec.rules[0].match[0].clause.a.exact"),
        ("QuotaSpec", rule(match=[{"clause": {"a": {"regex": ""}}}]), "spec.rules[0].match[0].clause.a.regex"),
        ("QuotaSpecBinding", {"quotaSpecs": [{"name": "a"}]}, "spec.services"),
        ("QuotaSpecBinding", {"services": [{}], "quotaSpecs": [{"name": "a"}]}, "spec.services[0]"),
        ("QuotaSpecBinding", {"services": [{"name": "a.b"}], "quotaSpecs": [{"name": "a"}]}, "spec.services[0].name"),
        (
            "QuotaSpecBinding",
            {"services": [{"name": "a", "service": "a.b"}], "quotaSpecs": [{"name": "a"}]},
            "spec.services[0].service",
        ),
        (
            "QuotaSpecBinding",
            {"services": [{"service": "a.b", "namespace": "c"}], "quotaSpecs": [{"name": "a"}]},
            "spec.services[0].namespace",
        ),
        (
            "QuotaSpecBinding",
            {"services": [{"name": "a", "domain": "a_b"}], "quotaSpecs": [{"name": "a"}]},
            "spec.services[0].domain",
        ),
    ],
)
def test_what_istio_refuses_is_an_error_at_its_place(name: str, content: Content, path: str) -> None:
    """Each rule of Istio 1.4's validation, with the path of what violates it."""
    assert found(name, content) == {("IST0106", path)}


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("Policy", {"target": []}, ("GLY0101", "spec.target")),
        ("Policy", {"peers": [{"mtls": {}, "jwt": JWT}]}, ("GLY0105", "spec.peers[0]")),
        (
            "Policy",
            origin(triggerRules=[{"excludedPaths": [{"regex": "(?=a)"}]}]),
            ("GLY0113", "spec.origins[0].jwt.triggerRules[0].excludedPaths[0].regex"),
        ),
        ("Policy", origin(jwksUri="http://127.0.0.1/"), ("GLY0112", "spec.origins[0].jwt.jwksUri")),
        ("RbacConfig", {"mode": "ON"}, ("IST0133", "kind")),
        ("RbacConfig", {"mode": "MAYBE"}, ("GLY0103", "spec.mode")),
        ("ServiceRole", {"rules": [{"service": ["*"]}]}, ("GLY0101", "spec.rules[0].service")),
        (
            "QuotaSpec",
            {"rules": [{"quotas": [{"quota": "q", "charge": "five"}]}]},
            ("GLY0102", "spec.rules[0].quotas[0].charge"),
        ),
        (
            "QuotaSpec",
            rule(match=[{"clause": {"a": {"regex": "(a"}}}]),
            ("GLY0113", "spec.rules[0].match[0].clause.a.regex"),
        ),
        (
            "HTTPAPISpec",
            {"patterns": [{"httpMethod": "GET", "regex": ".{1000}" * 5}]},
            ("GLY0114", "spec.patterns[0].regex"),
        ),
    ],
)
def test_shapes_and_what_we_are_stricter_in(name: str, content: Content, fault: tuple[str, str]) -> None:
    """Unknown fields, expressions that are not RE2 or cost too much, inner addresses: codes of our own."""
    assert fault in found(name, content)


def test_mtls_with_nothing_after_it_is_mutual_tls() -> None:
    """As Istio's own examples write it; also beside a null that means nothing."""
    for content in (b'{"peers":[{"mtls":null}]}', b'{"peers":[{"mtls":null}],"targets":null}'):
        typed, _ = check(classic("Policy"), content)
        assert isinstance(typed, Policy)
        assert typed.peers[0].mtls is not None
        assert typed.peers[0].mtls.mode == "STRICT"


@pytest.mark.parametrize(
    ("name", "content", "called", "good"),
    [
        ("Policy", {}, "default", True),
        ("Policy", {}, "other", False),
        ("Policy", {"targets": [{"name": "a"}]}, "other", True),
        ("Policy", {"targets": [{"name": "a"}]}, "default", False),
        ("MeshPolicy", {}, "default", True),
        ("MeshPolicy", {}, "other", False),
        ("ClusterRbacConfig", {}, "default", True),
        ("ClusterRbacConfig", {}, "other", False),
        ("RbacConfig", {}, "other", False),
        ("ServiceRole", {}, "other", True),
    ],
)
def test_some_objects_have_a_name_that_says_what_they_are_for(
    name: str, content: Content, called: str, *, good: bool
) -> None:
    """`default` is for all of a namespace or of the mesh, any other name for targets."""
    model = classic(name).load_model()
    assert model is not None
    typed = model.model_validate_json(orjson.dumps(content))
    assert [fault.path for fault in check_identity(classic(name), called, {}, typed)] == (
        [] if good else ["metadata.name"]
    )
