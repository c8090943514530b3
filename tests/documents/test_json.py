"""JSON text into trees."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.documents.read import parse
from galley.documents.tree import Tree
from tests.documents.builders import faults, only, value

OBJECT = """{
\t"apiVersion": "networking.istio.io/v1",
\t"kind": "Sidecar",
\t"metadata": {"name": "a"},
\t"spec": {"egress": [{"hosts": ["./*"]}, {}]}
}
"""
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(-1e18, 1e18).filter(lambda n: n % 1)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize("file", ["a.json", "a.yaml"])
def test_json_has_lines_and_columns(file: str) -> None:
    """Tabs count as one column; a file of either name may be JSON."""
    resource = only(OBJECT, file).resource
    assert resource.spec == b'{"egress":[{"hosts":["./*"]},{}]}'
    assert (resource.origin.line, resource.origin.column) == (1, 1)
    at = resource.origin_of("spec.egress[1]")
    assert (at.line, at.column) == (5, 42)


@given(PLAIN)
def test_json_is_read_as_json(content: object) -> None:
    """Whatever JSON text says, written in any of its ways, is what is read."""
    for text in (json.dumps({"a": content}), json.dumps({"a": content}, indent=3, ensure_ascii=False)):
        read = value(text.encode("utf-8", "replace"), "a.json")
        assert read == json.loads(text.encode("utf-8", "replace"))


def test_several_values_may_follow_one_another() -> None:
    """As kubectl allows."""
    trees = list(parse(b'{"a": 1}\n{"a": 2} {}', "a.json"))
    assert [tree.root.value for tree in trees if isinstance(tree, Tree)] == [{"a": 1}, {"a": 2}, {}]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": 1,}', "1:9"),
        ('{"a" 1}', "1:6"),
        ("{a: 1}", "1:2"),
        ('{"a": 01}', "1:8"),
        ('{"a":\n tru}', "2:2"),
        ('{"a": [1 2]}', "1:10"),
        ('{"a": "x\ny"}', "1:9"),
        ('{"a": "x', "1:7"),
        ('{"a": 1', "1:8"),
        ('{"a": "\\q"}', "1:8"),
        ("null]", "1:5"),
        ("{", "1:2"),
    ],
)
def test_what_is_no_json_is_a_fault(text: str, place: str) -> None:
    """At its line and column, in a file that says that it is JSON."""
    assert faults(text, "a.json") == [f"GLY0001 {place}"]


def test_a_brace_in_yaml_is_yaml() -> None:
    """Where the text is no JSON and the file does not say so, YAML's flow style is meant."""
    assert value("{a: b, c: [on time]}\n") == {"a": "b", "c": ["on time"]}
    assert value('{"a": 1}\n---\n') == {"a": 1}


def test_duplicate_keys_and_depth_are_the_same_in_json() -> None:
    """Both texts go through the same builder."""
    assert faults(OBJECT.replace('"egress"', '"a": 1, "a"'), "a.json") == ["GLY0007 5:19 spec.a"]
    assert "GLY0005 1:101 " in faults("[" * 200_000, "a.json")[0]
    assert "GLY0005" in faults('{"a": ' + "[" * 200 + "]" * 200 + "}", "a.json")[0]


def test_numbers_and_surrogates_become_what_json_readers_take() -> None:
    """Big integers become floats, whole floats integers, half a pair the replacement character; infinity is refused."""
    text = '{"a": [123456789012345678901234567890, 1.0, -0, 1e2, "\\ud83d\\ude00", "\\ud83d"]}'
    assert value(text, "a.json") == {"a": [1.2345678901234568e29, 1, 0, 100, "\U0001f600", "\ufffd"]}
    assert faults(OBJECT.replace("[{", "[1e999, {"), "a.json") == ["GLY0019 5:22 spec.egress[0]"]
