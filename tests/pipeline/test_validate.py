"""The judge: the schema's faults and the rules of metadata, each with the line of the field that it is about."""

from __future__ import annotations

import pytest

from galley.documents.read import read
from pipeline.model.codes_stage import BAD_NAME
from pipeline.model.diagnostic import Diagnostic, Severity
from pipeline.stages.validate import judge


def judged(text: str) -> list[Diagnostic]:
    """Return what the judge says of the objects of a YAML text."""
    return [found for one in read(text.encode(), "files", "a.yaml").resources for found in judge()(one.resource)]


def test_a_fault_has_the_line_of_its_field() -> None:
    """Line and column of the value's key, path, kind and name."""
    (found,) = judged(
        """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a}
spec:
  hosts: [a]
  http:
  - timeout: soon
    route: [{destination: {host: a}}]
"""
    )
    assert (str(found.origin), found.path, found.severity) == ("a.yaml:8:5", "spec.http[0].timeout", Severity.ERROR)
    assert str(found.key) == "VirtualService default/a"


def test_kinds_without_spec_have_their_lines_too() -> None:
    """Content beside `metadata` is found where it is written."""
    (found,) = judged("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nbinaryData: {}\ndata:\n  a: b\n  c: [d]\n")
    assert (found.origin.line, found.origin.column) == (7, 3)
    assert found.path.startswith("data")


def test_an_unknown_kind_of_ours_is_an_error_and_of_others_is_told() -> None:
    """At the document's first line."""
    (ours,) = judged("apiVersion: networking.istio.io/v1\nkind: VirtualServise\nmetadata: {name: a}\n")
    assert (ours.code, ours.severity, ours.origin.line) == ("GLY0106", Severity.ERROR, 1)
    (other,) = judged("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n")
    assert (other.code, other.severity) == ("GLY0108", Severity.INFO)


GOOD = "apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n"


@pytest.mark.parametrize(
    ("metadata", "path", "says"),
    [
        ("name: Upper", "metadata.name", "lower-case letters"),
        ("name: a_b", "metadata.name", "lower-case letters"),
        ("name: a..b", "metadata.name", "each part between dots"),
        ("name: -a", "metadata.name", "begin and end"),
        (f"name: {'a' * 254}", "metadata.name", "at most 253"),
        ("name: a\n  namespace: a.b", "metadata.namespace", "at most 63"),
        (f"name: a\n  namespace: {'a' * 64}", "metadata.namespace", "at most 63"),
        ("name: a\n  labels: {a b: c}", 'metadata.labels["a b"]', "the label's key"),
        ("name: a\n  labels: {A.com/x: c}", 'metadata.labels["A.com/x"]', "the prefix"),
        ("name: a\n  labels: {/x: c}", 'metadata.labels["/x"]', "the prefix"),
        ("name: a\n  labels: {x: c d}", "metadata.labels.x", "the value"),
        (f"name: a\n  labels: {{x: {'c' * 64}}}", "metadata.labels.x", "the value"),
        ("name: a\n  annotations: {a b: c}", 'metadata.annotations["a b"]', "the annotation's key"),
        (f"name: a\n  annotations: {{a: {'c' * 262144}}}", "metadata.annotations", "262145 bytes"),
    ],
)
def test_metadata_that_an_api_server_refuses_is_refused(metadata: str, path: str, says: str) -> None:
    """The path and the reason are named."""
    (found,) = judged(f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  {metadata}\n")
    assert (found.code, found.path, found.severity) == (BAD_NAME, path, Severity.ERROR)
    assert says in found.message
    assert found.origin.line >= 4 or path == "metadata.annotations"


@pytest.mark.parametrize(
    "metadata",
    [
        "name: a",
        "name: 1-a.b-2",
        f"name: {'a' * 253}",
        "name: a\n  labels: {app.kubernetes.io/name: v1.2_3-A, x: ''}",
        "name: a\n  annotations: {Sidecar.istio.io/Inject: 'any text at all '}",
    ],
)
def test_metadata_that_an_api_server_takes_is_taken(metadata: str) -> None:
    """No fault is found."""
    assert judged(f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  {metadata}\n") == []


def test_a_services_name_is_one_label() -> None:
    """It is part of a host name."""
    (found,) = judged("apiVersion: v1\nkind: Service\nmetadata: {name: a.b}\nspec: {ports: [{port: 80}]}\n")
    assert (found.code, found.path) == (BAD_NAME, "metadata.name")
