"""Expressions of CEL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cel import cel_problem


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "response.code >= 400 && response.code < 500",
        "has(request.headers['x-user']) ? 'a' : \"b\"",
        "!(connection.mtls) || -1 == 0x1F",
        "[1, 2u, 3.5e3,].exists(x, x in {1: 'a', 'b': null})",
        "request.url_path.startsWith(r'/a\\d')",
        "b'abc' == bytes('''a\nb''')",
        "a.b[0].c(d, e)[f]",
        ".google.rpc.Status{code: 1}",
        "xds.cluster_name == 'outbound|80||a' // said of it\n",
        "1 - -2 * 3 % 4 / 5 + 6",
        "--1 == 1 && !!true",
        "'%s' != ''",
    ],
)
def test_an_expression_is_one(text: str) -> None:
    """Each form of the grammar."""
    assert cel_problem(text) == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must not be empty"),
        (" ", "must not be empty"),
        ("a &&", "ends too early"),
        ("a b", "`b` at character 3"),
        ("(a", "`)` is expected"),
        ("a.1", "`.1` at character 2"),
        ("if == 1", "a name is expected"),
        ("'a", "`'a` at character 1"),
        ("a = b", "`= b` at character 3"),
        ("a ? b", "`:` is expected"),
        ("{1}", "`:` is expected"),
        ("f(,)", "`,` at character 3"),
        ("a & b", "`& b` at character 3"),
        ("(" * 500 + "a" + ")" * 500, "nested too deeply"),
    ],
)
def test_what_is_no_expression_is_told_with_its_place(text: str, reason: str) -> None:
    """The character, and what would go on."""
    assert reason in cel_problem(text)


@given(st.text(max_size=30) | st.text(alphabet="ab1.,:?()[]{}'\"+-!&|<=> \\", max_size=30))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    """Every text is an expression or has a problem."""
    assert isinstance(cel_problem(text), str)
