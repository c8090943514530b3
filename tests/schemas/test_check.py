"""The check of one object's content."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.check import check, parse
from schemas.kinds.virtual_service import VirtualService
from tests.schemas.builders import faults, kind

ROUTE: dict[str, Any] = {"hosts": ["a"], "http": [{"route": [{"destination": {"host": "a"}}], "timeout": "1.5s"}]}


def test_a_good_object_is_typed_and_has_no_faults() -> None:
    """A valid content comes back as its model, with the names of the protos."""
    typed, found = check(kind("VirtualService"), json.dumps(ROUTE).encode())
    assert found == ()
    assert isinstance(typed, VirtualService)
    assert typed.http[0].route[0].destination.host == "a"


def test_null_is_read_as_not_written() -> None:
    """As protojson does, a null field is an absent one."""
    assert faults("VirtualService", {**ROUTE, "tcp": None, "exportTo": None}) == ()


def test_null_in_a_map_or_a_list_is_wrong() -> None:
    """Leaving out a condition or an item would change what is meant."""
    content = {"hosts": ["a", None], "http": [{**ROUTE["http"][0], "match": [{"headers": {"x": None}, "uri": None}]}]}
    paths = {fault.path for fault in faults("VirtualService", content)}
    assert paths == {"spec.hosts[1]", "spec.http[0].match[0].headers.x"}


@pytest.mark.parametrize(
    ("content", "code", "path", "message", "hint"),
    [
        (
            {**ROUTE, "htp": []},
            "GLY0101",
            "spec.htp",
            "unknown field `htp` in spec",
            "did you mean `http`?",
        ),
        (
            {"hosts": ["a"], "http": [{"cors_policy": {}}]},
            "GLY0101",
            "spec.http[0].cors_policy",
            "unknown field `cors_policy` in spec.http[0]",
            "did you mean `corsPolicy`? Field names are written in camelCase",
        ),
        (
            {"hosts": ["a"], "http": [{"route": [{"destination": {"host": "a", "weight": 1}}]}]},
            "GLY0101",
            "spec.http[0].route[0].destination.weight",
            "unknown field `weight` in spec.http[0].route[0].destination",
            "`weight` belongs into spec.http[0].route[0]: check the indentation",
        ),
        (
            {"hosts": ["a"], "http": [{"route": [{"host": "a"}]}]},
            "GLY0104",
            "spec.http[0].route[0].destination",
            "`destination` is required and missing",
            "add `destination` (an object)",
        ),
        (
            {"hosts": "a"},
            "GLY0102",
            "spec.hosts",
            'expected a list, got the string "a"',
            "begin each item of the list with `- `",
        ),
        (
            {"hosts": ["a"], "http": [{"timeout": 5}]},
            "GLY0102",
            "spec.http[0].timeout",
            "expected a duration such as 1.5s, got the number 5",
            "add a unit: 5s",
        ),
        (
            {"hosts": ["a"], "http": [{"match": [{"headers": {"x.y": {"exact": True}}}]}]},
            "GLY0102",
            'spec.http[0].match[0].headers["x.y"].exact',
            "expected a string, got the boolean true",
            'put it in quotes: "true"',
        ),
        (
            {"hosts": ["a"], "http": [{"match": [{"uri": {"exact": "/", "prefix": "/"}}]}]},
            "GLY0105",
            "spec.http[0].match[0].uri",
            "only one of exact, prefix, regex may be set, found exact, prefix",
            "keep one of them",
        ),
    ],
)
def test_a_fault_says_where_what_and_how_to_repair_it(
    content: object, code: str, path: str, message: str, hint: str
) -> None:
    """Code, path, message and hint of the faults of a document's shape."""
    found = faults("VirtualService", content)
    assert (code, path, message, hint) in [(one.code, one.path, one.message, one.hint) for one in found]


def test_a_lowered_code_keeps_nothing_back() -> None:
    """The model comes back without the unknown field, and the rules are looked at; the fault stays a fault."""
    content = json.dumps({**ROUTE, "novelty": 1}).encode()
    assert check(kind("VirtualService"), content)[0] is None
    typed, found = check(kind("VirtualService"), content, lowered={"GLY0101"})
    assert isinstance(typed, VirtualService)
    assert [(fault.code, fault.severity) for fault in found] == [("GLY0101", "error")]
    wrong = json.dumps({"hosts": ["*"], "novelty": 1}).encode()
    typed, found = check(kind("VirtualService"), wrong, lowered={"GLY0101"})
    assert typed is None
    assert {fault.code for fault in found} == {"GLY0101", "IST0106"}
    assert parse(kind("VirtualService"), content) == parse(kind("VirtualService"), json.dumps(ROUTE).encode())
