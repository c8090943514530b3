"""A document becomes an object, or it is said why not."""

from __future__ import annotations

import pytest

from tests.documents.builders import HEAD, faults, only, reading

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  creationTimestamp: 2024-01-31T12:00:00Z
  labels:
    app: reviews
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion": "v1"}
    note: hello
  managedFields: [{manager: kubectl}]
  name: reviews
  namespace: shop
  resourceVersion: "12"
  uid: 8a7c
spec:
  ports:
  - port: 80
status:
  loadBalancer: {}
"""


def test_an_object_is_what_it_says_itself() -> None:
    """Not what a server or kubectl added."""
    resource = only(SERVICE).resource
    assert resource.key == ("Service", "shop", "reviews")
    assert resource.api_version == "v1"
    assert resource.labels == {"app": "reviews"}
    assert resource.annotations == {"note": "hello"}
    assert resource.created == "2024-01-31T12:00:00Z"
    assert resource.spec == b'{"ports":[{"port":80}]}'


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ("", 1, 1),
        ("metadata", 3, 1),
        ("metadata.name", 12, 3),
        ("metadata.namespace", 13, 3),
        ("metadata.labels", 5, 3),
        ("metadata.labels.app", 6, 5),
        ("metadata.annotations.note", 10, 5),
        ("spec", 16, 1),
        ("spec.ports", 17, 3),
        ("spec.ports[0]", 18, 5),
        ("spec.ports[0].port", 18, 5),
        ("spec.ports[0].nodePort", 18, 5),
        ("spec.selector.app", 16, 1),
    ],
)
def test_every_field_has_its_line(path: str, line: int, column: int) -> None:
    """A path that is not there has the line of what is nearest above it."""
    at = only(SERVICE).resource.origin_of(path)
    assert (at.file, at.line, at.column) == ("a.yaml", line, column)


def test_without_a_namespace_it_is_default_unless_the_kind_has_none() -> None:
    """Cluster-scoped kinds have no namespace, even where one is written."""
    assert only(HEAD).resource.key.namespace == "default"
    node = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, namespace: odd}\n"
    assert only(node).resource.key == ("Namespace", "", "shop")


def test_kinds_of_one_word_in_two_groups_have_two_keys() -> None:
    """Istio's has the bare word."""
    istio = only("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: a}\n")
    kubernetes = only("apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: a}\n")
    foreign = only("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {}\nextra: 1\n")
    assert istio.resource.key.kind == "Gateway"
    assert kubernetes.resource.key.kind == "Gateway.gateway.networking.k8s.io"
    assert (foreign.resource.key.kind, foreign.diagnostics) == ("Deployment.apps", ())


def test_a_kind_without_spec_has_its_fields_as_content() -> None:
    """Their lines are found below `spec`."""
    text = "apiVersion: v1\nkind: ConfigMap\ndata:\n  mesh: |\n    a: 1\nmetadata: {name: istio}\nbinaryData: {}\n"
    resource = only(text).resource
    assert resource.spec == b'{"binaryData":{},"data":{"mesh":"a: 1\\n"}}'
    assert [resource.origin_of(path).line for path in ("spec.data.mesh", "spec.binaryData", "spec")] == [4, 7, 1]


def test_a_pod_keeps_its_status() -> None:
    """Its address is part of what it says."""
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {}\nstatus: {podIP: 10.0.0.1}\n"
    assert only(text).resource.spec == b'{"spec":{},"status":{"podIP":"10.0.0.1"}}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind: Sidecar\nmetadata: {name: a}\n", ["GLY0011 1:1 apiVersion"]),
        ("apiVersion: v1\nmetadata: {name: a}\n", ["GLY0012 1:1 kind"]),
        ("apiVersion: v1\nkind: Service\n", ["GLY0013 1:1 metadata.name"]),
        ("apiVersion: v1\nkind: Service\nmetadata:\n", ["GLY0013 3:1 metadata.name"]),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: ''}\n", ["GLY0013 3:12 metadata.name"]),
        ("apiVersion: v1\nkind: Service\nmetadata: {generateName: a-}\n", ["GLY0014 3:12 metadata.generateName"]),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: 12}\n", ["GLY0016 3:12 metadata.name"]),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: [a]}\n", ["GLY0016 3:12 metadata.name"]),
        ("apiVersion: v1\nkind: Service\nmetadata: [a]\n", ["GLY0016 3:1 metadata", "GLY0013 3:1 metadata.name"]),
        ("apiVersion: 1\nkind: Service\nmetadata: {name: a}\n", ["GLY0016 1:1 apiVersion"]),
        ("apiVersion: v1\nkind: [x]\nmetadata: {name: a}\n", ["GLY0016 2:1 kind"]),
        ("- a\n", ["GLY0010 1:1"]),
        ("hello\n", ["GLY0010 1:1"]),
    ],
)
def test_a_document_that_cannot_be_known_is_a_fault_of_the_file(text: str, expected: list[str]) -> None:
    """It names the field and its line."""
    found = reading(text)
    assert faults(text) == expected
    assert found.resources == ()
    assert found.parsed
    assert found.documents == 1


@pytest.mark.parametrize(
    ("text", "expected", "hint"),
    [
        (HEAD + "Spec: {}\n", "GLY0015 4:1 Spec", "spec"),
        (HEAD + "egress: []\n", "GLY0015 4:1 egress", "indentation"),
        (HEAD.replace("name: a", "name: a, label: {}"), "GLY0015 3:21 metadata.label", "labels"),
        (HEAD.replace("name: a", "name: a, labels: {x: 1}"), "GLY0016 3:30 metadata.labels.x", "quotes"),
        (HEAD.replace("name: a", "name: a, labels: [x]"), "GLY0016 3:21 metadata.labels", ""),
        (HEAD.replace("name: a", "name: a, annotations: {x: true}"), "GLY0016 3:35 metadata.annotations.x", "quotes"),
        (HEAD.replace("name: a", "name: a, namespace: 1"), "GLY0016 3:21 metadata.namespace", "quotes"),
        (HEAD.replace("name: a", "name: a, creationTimestamp: now"), "GLY0016 3:21 metadata.creationTimestamp", ""),
    ],
)
def test_what_is_wrong_around_the_spec_is_an_error_of_the_object(text: str, expected: str, hint: str) -> None:
    """The object is known, so it alone is held, and the hint says what was probably meant."""
    (found,) = only(text).diagnostics
    assert f"{found.code} {found.origin.line}:{found.origin.column} {found.path}" == expected
    assert found.severity == "error"
    assert found.key == only(text).resource.key
    assert hint in found.hint


def test_a_misspelt_api_version_is_named() -> None:
    """The near miss is in the hint."""
    (fault,) = reading(HEAD.replace("apiVersion", "apiversion")).faults
    assert fault.hint == "`apiversion` is spelt `apiVersion`"


def test_null_is_the_same_as_absent() -> None:
    """As for an API server: labels, times and specs may be null."""
    text = HEAD.replace("name: a", "name: a, namespace: , labels: ~, creationTimestamp: null, annotations: {x: }")
    found = only(text + "spec:\n")
    assert found.diagnostics == ()
    assert found.resource.annotations == {"x": ""}
    assert (found.resource.labels, found.resource.created, found.resource.spec) == ({}, "", b"{}")


def test_a_spec_of_the_wrong_type_is_carried_as_it_is() -> None:
    """Whoever checks the content says so."""
    assert only(HEAD + "spec: [1]\n").resource.spec == b"[1]"


def test_lists_become_their_items() -> None:
    """With the lines of the items; an item's faults have paths of its own."""
    text = """\
        apiVersion: v1
        kind: List
        items:
        - apiVersion: v1
          kind: Service
          metadata: {name: a}
          spec: {x: on}
        - kind: Service
          metadata: {name: b}
        - apiVersion: v1
          kind: List
          items:
          - {apiVersion: v1, kind: Service, metadata: {name: c}}
        """
    found = reading(text)
    assert [(one.resource.key.name, one.resource.origin.line) for one in found.resources] == [("a", 4), ("c", 13)]
    assert faults(text) == ["GLY0011 8:3 apiVersion", "GLY0009 7:13 spec.x"]
    assert found.documents == 3


def test_the_list_of_a_kind_says_what_its_items_are() -> None:
    """As an API server answers: the items leave kind and version out."""
    text = "apiVersion: networking.istio.io/v1\nkind: SidecarList\nmetadata: {}\nitems:\n- metadata: {name: a}\n"
    resource = only(text).resource
    assert (resource.key.kind, resource.api_version, resource.origin.line) == ("Sidecar", "networking.istio.io/v1", 5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apiVersion: v1\nkind: List\nitems: 3\n", ["GLY0023 3:1 items"]),
        ("apiVersion: v1\nkind: List\nkind: List\nitems: []\n", ["GLY0007 3:1 kind"]),
        ("apiVersion: v1\nkind: List\n", []),
        ("apiVersion: v1\nkind: List\nitems:\n- 3\n", ["GLY0010 4:3"]),
        ("{kind: List, items: [" * 9 + "]}" * 9, ["GLY0023 1:85"]),
    ],
)
def test_a_malformed_list_is_a_fault(text: str, expected: list[str]) -> None:
    """Also one that nests."""
    assert faults(text) == expected


def test_an_object_that_stands_twice_in_a_file_is_an_error_with_both_lines() -> None:
    """Neither is taken: the object stays as it was."""
    found = reading(HEAD + "---\n" + HEAD + "spec: {}\n")
    (one,) = found.resources
    (twice,) = one.diagnostics
    assert (twice.code, twice.severity, twice.origin.line, twice.related[0].origin.line) == ("GLY0017", "error", 5, 1)
    assert "lines 1 and 5" in twice.message
    assert found.documents == 2


def test_findings_have_an_end() -> None:
    """A document with thousands of warnings has a hundred, and an error is never crowded out."""
    many = HEAD + "spec:\n" + "".join(f"  a{n}: on\n" for n in range(3000)) + "  a0: 1\n"
    codes = [one.code for one in only(many).diagnostics]
    assert len(codes) == 100
    assert codes[-1] == "GLY0007"


@pytest.mark.parametrize(("word", "code"), [("0o7_31", "GLY0009"), ("*p4ss", "GLY0001"), ("!p4ss", "GLY0008")])
def test_what_yaml_makes_of_a_password_is_not_quoted(word: str, code: str) -> None:
    """What is said of a Secret says where it stands; the text may be a password that lacks its quotes."""
    text = f"apiVersion: v1\nkind: {{}}\nmetadata: {{{{name: a}}}}\nstringData:\n  pin: {word}\n"
    (shown,), (hidden,) = (only(text.format(kind)).diagnostics for kind in ("Sample", "Secret"))
    assert (shown.code, hidden.code) == (code, code)
    assert word[1:] in shown.message
    assert word[1:] not in f"{hidden.message}{hidden.hint}"
