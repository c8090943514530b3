"""The check never raises, whatever the content."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas.check import check, parse
from schemas.kind import Kind
from schemas.registry import DEFAULT_REGISTRY
from schemas.shape import Annotation, bare, fields_of, message_of
from tests.schemas.builders import kind, virtual_service

KINDS = [found for found in DEFAULT_REGISTRY if found.model]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


def contents(model: type[BaseModel], depth: int = 0) -> st.SearchStrategy[Any]:
    """JSON that has the fields of a model, and at each place either its shape or anything."""

    def of(annotation: Annotation) -> st.SearchStrategy[Any]:
        found = bare(annotation)
        inner = message_of(found)
        arguments: tuple[Any, ...] = getattr(found, "__args__", ())
        if inner is not None:
            return contents(inner, depth + 1) if depth < 3 else st.just({})
        if getattr(found, "__origin__", None) is tuple:
            return st.lists(of(arguments[0]), max_size=2)
        if getattr(found, "__origin__", None) is dict:
            return st.dictionaries(st.text(max_size=5), of(arguments[1]), max_size=2)
        texts = st.sampled_from(
            ["", "a", "*", "*.a.com", "10.0.0.0/8", "unix:///a", "1s", "(", "%", "a/b", *map(str, arguments)]
        )
        return st.one_of(texts, st.integers(-1, 70000), st.booleans(), SCALARS)

    fields = fields_of(model)
    return st.fixed_dictionaries({}, optional={name: of(kind) for name, kind in fields.items()})


@given(st.sampled_from(KINDS), JSON)
def test_no_json_makes_the_check_raise(found: Kind, content: object) -> None:
    """Any JSON gives a model or faults, with paths and messages."""
    typed, faults = check(found, json.dumps(content).encode())
    assert typed is not None or faults
    assert all(fault.message and fault.severity in {"error", "warning", "info"} for fault in faults)


@pytest.mark.parametrize("found", KINDS, ids=lambda found: str(found.name))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_no_content_of_nearly_the_right_shape_makes_the_check_raise(found: Kind, data: st.DataObject) -> None:
    """Fields of the kind with right and wrong values reach the rules too; without error the model comes back."""
    model = found.load_model()
    assert model is not None
    content = data.draw(contents(model))
    typed, faults = check(found, json.dumps(content).encode())
    assert (typed is None) == any(fault.severity == "error" for fault in faults)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"null", b'"a"', b"1e999", b"\xff", b'{"hosts":"\\ud800"}', b"[" * 5000]
)
@pytest.mark.parametrize("name", ["VirtualService", "AuthorizationPolicy", "handler", "ConfigMap"])
def test_what_is_no_json_object_is_a_fault(name: str, text: bytes) -> None:
    """Broken text, other values, absurd nesting."""
    typed, faults = check(kind(name), text)
    assert typed is None
    assert faults


def test_deep_nesting_and_odd_values_are_faults() -> None:
    """A mapping that is too deep for Python, or has numbers beyond 64 bits."""
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"http": [deep]}
    assert check(kind("VirtualService"), deep)[1]
    assert check(kind("VirtualService"), {"hosts": ["a"], "http": [{"timeout": 2**70}]})[1]


def test_faults_are_bounded() -> None:
    """A document that is wrong everywhere says so a hundred times."""
    content = {"hosts": ["a"], "http": [{"nope": 1}] * 500}
    assert len(check(kind("VirtualService"), orjson.dumps(content))[1]) == 100


def test_a_checked_content_is_parsed_to_the_same_model() -> None:
    """`parse` gives what `check` gave, nulls included; a content that is no JSON object is a ValueError."""
    text = orjson.dumps(virtual_service(tcp=None))
    assert parse(kind("VirtualService"), text) == check(kind("VirtualService"), text)[0]
    assert parse(kind("handler"), b"{}") == {}
    for name in ("VirtualService", "AuthorizationPolicy", "handler"):
        with pytest.raises(ValueError, match=r"(?s)."):
            parse(kind(name), b"[]")


@pytest.mark.parametrize("found", KINDS, ids=lambda found: str(found.name))
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_what_is_read_and_written_is_read_again_as_the_same(found: Kind, data: st.DataObject) -> None:
    """A content without errors, written from its model, gives the same model."""
    model = found.load_model()
    assert model is not None
    typed, _ = check(found, json.dumps(data.draw(contents(model))).encode())
    if isinstance(typed, BaseModel):
        written = typed.model_dump_json(by_alias=True, exclude_unset=True).encode()
        assert parse(found, written) == typed
