"""A JSON Schema of whole documents, dropped into a schema folder, makes a kind too."""

from __future__ import annotations

import pytest

from schemas.check import check
from schemas.custom import read_custom
from schemas.registry import DEFAULT_REGISTRY
from tests.schemas.builders import Content

SPEC: Content = {
    "type": "object",
    "properties": {"size": {"$ref": "#/$defs/size"}},
    "additionalProperties": False,
}
SHARED: Content = {"size": {"type": "integer", "minimum": 1}}


def document(**properties: object) -> Content:
    """A schema of documents with these properties beside their spec."""
    whole = {"metadata": {"type": "object"}, "spec": SPEC, **properties}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": whole, "$defs": SHARED}


@pytest.mark.parametrize(
    "schema",
    [
        document(kind={"const": "Widget"}, apiVersion={"enum": ["acme.dev/v1", "acme.dev/v1beta1"]}),
        {
            **document(),
            "x-kubernetes-group-version-kind": [
                {"group": "acme.dev", "version": version, "kind": "Widget"} for version in ("v1", "v1beta1")
            ],
        },
    ],
)
def test_a_schema_of_documents_makes_the_kind_that_it_names(schema: Content) -> None:
    """What it says of `spec` is checked, its shared definitions included."""
    kind = read_custom(schema, DEFAULT_REGISTRY).kind
    assert kind is not None
    assert (kind.name, kind.group, kind.plural, kind.versions) == ("Widget", "acme.dev", "widgets", ("v1", "v1beta1"))
    assert check(kind, b'{"size":2}') == ({"size": 2}, ())
    _, faults = check(kind, b'{"size":0,"colour":"red"}')
    assert {(fault.code, fault.path) for fault in faults} == {("GLY0111", "spec.size"), ("GLY0111", "spec.colour")}


@pytest.mark.parametrize(
    "schema",
    [
        document(),
        document(kind={"const": "Widget"}),
        document(kind={"enum": ["Widget", "Gadget"]}, apiVersion={"const": "acme.dev/v1"}),
        document(kind={"const": "Widget"}, apiVersion={"enum": ["acme.dev/v1", "other.dev/v1"]}),
        document(kind={"const": "Widget"}, apiVersion={"const": "v1"}),
        document(kind={"const": "VirtualService"}, apiVersion={"const": "networking.istio.io/v1"}),
        {**document(), "x-kubernetes-group-version-kind": ["Widget"]},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": []},
    ],
)
def test_a_schema_that_names_no_kind_of_its_own_is_a_fault(schema: Content) -> None:
    """None, several, or one that is built in."""
    custom = read_custom(schema, DEFAULT_REGISTRY)
    assert custom.kind is None
    assert [fault.code for fault in custom.faults] == ["GLY0110"]
