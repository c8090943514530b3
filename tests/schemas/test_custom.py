"""Kinds that users define themselves."""

from __future__ import annotations

import orjson
import pytest

from schemas.check import check
from schemas.custom import DEEPEST, LARGEST, read_custom
from schemas.registry import DEFAULT_REGISTRY
from tests.schemas.builders import Content

SCHEMA: Content = {
    "type": "object",
    "properties": {"rps": {"type": "integer", "minimum": 1}, "host": {"type": "string", "pattern": "^[a-z]+$"}},
    "required": ["rps"],
    "additionalProperties": False,
}


def definition(**more: object) -> Content:
    """A definition of the kind RateLimit."""
    return {"kind": "RateLimit", "apiVersion": "acme.dev/v1", "schema": SCHEMA, **more}


def crd(schema: object, **more: object) -> Content:
    """The CRD of the kind Quota, with a schema of its spec."""
    whole = {"type": "object", "properties": {"spec": schema}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": whole}}
    names = {"kind": "Quota", "plural": "quotas", "shortNames": ["q"]}
    spec = {"group": "acme.dev", "scope": "Cluster", "names": names, "versions": [version], **more}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "spec": spec}


def test_a_definition_becomes_a_kind_whose_objects_are_checked() -> None:
    """Name, group, plural and version come from the definition; what violates the schema is GLY0111 at its path."""
    kind = read_custom(definition(), DEFAULT_REGISTRY).kind
    assert kind is not None
    assert (kind.name, kind.group, kind.plural, kind.versions) == ("RateLimit", "acme.dev", "ratelimits", ("v1",))
    assert DEFAULT_REGISTRY.with_custom(kind).lookup("acme.dev/v1", "RateLimit") is kind
    assert check(kind, b'{"rps":5}') == ({"rps": 5}, ())
    content, faults = check(kind, b'{"rps":0,"hots":1,"host":"A"}')
    assert content is None
    assert {(fault.code, fault.path) for fault in faults} == {
        ("GLY0111", "spec.rps"),
        ("GLY0111", "spec.hots"),
        ("GLY0111", "spec.host"),
    }
    assert "did you mean `host`?" in {fault.hint for fault in faults}


def test_a_crd_becomes_a_kind_that_takes_no_unknown_fields() -> None:
    """What an API server would drop in silence is a fault; nullable and open objects keep their sense."""
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "nullable": True},
            "port": {"x-kubernetes-int-or-string": True},
            "free": {
                "type": "object",
                "x-kubernetes-preserve-unknown-fields": True,
                "properties": {"a": {"type": "string"}},
            },
        },
    }
    kind = read_custom(crd(schema), DEFAULT_REGISTRY).kind
    assert kind is not None
    assert (kind.plural, kind.namespaced, kind.short_names) == ("quotas", False, ("q",))
    assert check(kind, b'{"name":null,"port":"http","free":{"b":1}}')[1] == ()
    assert [fault.path for fault in check(kind, b'{"nam":1,"port":[]}')[1]] == ["spec.nam", "spec.port"]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"kind": "A"},
        definition(unknown=1),
        definition(apiVersion="v1"),
        definition(kind=""),
        definition(scope="Global"),
        definition(schema=None),
        definition(schema={"type": "nonsense"}),
        definition(schema={"pattern": "(?=a)"}),
        definition(schema={"patternProperties": {"(": {}}}),
        definition(schema={"$ref": "https://example.com/schema.json"}),
        definition(schema={"properties": {"a": {"$ref": "file:///etc/passwd"}}}),
        definition(schema={"$ref": "#/nowhere"}),
        definition(schema={"$ref": "#"}),
        definition(schema={"description": "x" * LARGEST}),
        definition(kind="VirtualService", apiVersion="networking.istio.io/v1"),
        definition(apiVersion="networking.istio.io/v1"),
        definition(apiVersion="v1", group="acme.dev"),
        crd("not a schema"),
        crd({}, versions=[]),
        crd({}, names=None),
        crd({}, versions=[{"name": "v1", "served": False}]),
        {**crd({}), "apiVersion": "apiextensions.k8s.io/v1beta1"},
        {**crd({}), "spec": None},
    ],
)
def test_a_definition_that_cannot_be_used_is_a_fault(document: Content) -> None:
    """GLY0110, and no kind: no remote references, nothing that is built in, bounded size."""
    custom = read_custom(document, DEFAULT_REGISTRY)
    assert custom.kind is None
    assert [fault.code for fault in custom.faults] == ["GLY0110"]


def test_a_schema_is_bounded_in_depth() -> None:
    """Sixty-four levels are enough."""
    schema: Content = {}
    for _ in range(DEEPEST):
        schema = {"properties": {"a": schema}}
    assert "deeper" in read_custom(definition(schema=schema), DEFAULT_REGISTRY).faults[0].message


def test_references_inside_of_a_schema_work_also_recursive_ones() -> None:
    """A tree is checked to its leaves; a content that never ends cannot exist, one that is very deep is a fault."""
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}, "additionalProperties": False}
    kind = read_custom(definition(schema={"$ref": "#/$defs/node", "$defs": {"node": node}}), DEFAULT_REGISTRY).kind
    assert kind is not None
    assert check(kind, b'{"next":{"next":{}}}')[1] == ()
    assert [fault.path for fault in check(kind, b'{"next":{"nex":{}}}')[1]] == ["spec.next.nex"]
    assert check(kind, b'{"next":' * 900 + b"{}" + b"}" * 900)[1]


def test_a_schema_that_names_itself_over_and_over_ends() -> None:
    """Two references at each of forty levels are 2^40: refused as a schema, or as the content that makes them."""
    levels = {f"d{at}": {"allOf": [{"$ref": f"#/$defs/d{at + 1}"}] * 2} for at in range(40)}
    schema = {"$defs": {**levels, "d40": {"type": "object"}}}
    assert read_custom(definition(schema={**schema, "$ref": "#/$defs/d0"}), DEFAULT_REGISTRY).kind is None
    inner = {**schema, "properties": {"tree": {"$ref": "#/$defs/d0"}}}
    kind = read_custom(definition(schema=inner), DEFAULT_REGISTRY).kind
    assert kind is not None
    (fault,) = check(kind, b'{"tree":{}}')[1]
    assert (fault.code, "followed" in fault.message) == ("GLY0111", True)


def test_many_items_are_unique_in_linear_time() -> None:
    """Objects, too; and 1 is 1.0, but not true."""
    schema = {"properties": {"all": {"type": "array", "uniqueItems": True}}}
    kind = read_custom(definition(schema=schema), DEFAULT_REGISTRY).kind
    assert kind is not None
    many = [{"at": at} for at in range(20_000)]
    assert check(kind, orjson.dumps({"all": many}))[1] == ()
    assert check(kind, b'{"all":[1,true,"1",[1],{"a":1}]}')[1] == ()
    for twice in (b'{"all":[1,1.0]}', b'{"all":[{"a":1,"b":2},{"b":2.0,"a":1}]}'):
        assert [fault.path for fault in check(kind, twice)[1]] == ["spec.all"]
