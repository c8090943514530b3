"""Plain scalars, as kubectl reads them.

The expectations are those of goyaml.v2's own tests (sigs.k8s.io/yaml, goyaml.v2/decode_test.go) and of
https://yaml.org/type and YAML 1.2.2 chapter 10.3 for the warnings.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.documents.scalar import Plain, key_text, read_scalar
from tests.documents.builders import HEAD, faults, only, reading

SAME_EVERYWHERE: list[tuple[str, Plain]] = [
    ("", None),
    ("~", None),
    ("null", None),
    ("NULL", None),
    ("true", True),
    ("FALSE", False),
    ("0", 0),
    ("-1", -1),
    ("+12", 12),
    ("0x1F", 31),
    ("007", 7),
    ("1.5", 1.5),
    (".5", 0.5),
    ("-.5", -0.5),
    ("1.", 1),
    ("1.0", 1),
    ("6.8523015e+5", 685230.15),
    ("18446744073709551615", 18446744073709551615),
    ("-9223372036854775808", -9223372036854775808),
    ("18446744073709551616", 18446744073709551616.0),
    ("hello", "hello"),
    ("1.2.3", "1.2.3"),
    ("10.0.0.1", "10.0.0.1"),
    ("1s", "1s"),
    ("500ms", "500ms"),
    ("-", "-"),
    (".", "."),
    ("+", "+"),
    ("True!", "True!"),
    ("nullable", "nullable"),
    ("2001-12-14", "2001-12-14"),
    ("2024-01-31T12:00:00Z", "2024-01-31T12:00:00Z"),
    ("a:1", "a:1"),
    ("0xZ", "0xZ"),
    ("1e400", "1e400"),
    ("e5", "e5"),
    ("५", "५"),
    ("1" * 401, "1" * 401),
]
READ_DIFFERENTLY: list[tuple[str, Plain]] = [
    ("on", True),
    ("Off", False),
    ("yes", True),
    ("NO", False),
    ("y", True),
    ("N", False),
    ("010", 8),
    ("-010", -8),
    ("0o10", 8),
    ("0b11", 3),
    ("-0b11", -3),
    ("08", 8),
    ("1_000", 1000),
    ("1_0.5", 10.5),
    ("1e3", 1000),
    ("1.5e3", 1500),
    ("+0x1F", 31),
    ("12:30", "12:30"),
    ("190:20:30", "190:20:30"),
    ("1:30.5", "1:30.5"),
]


@pytest.mark.parametrize(("text", "value"), SAME_EVERYWHERE)
def test_what_all_parsers_agree_on_is_read_without_a_word(text: str, value: Plain) -> None:
    """Such a scalar has its value, of its type, and no warning."""
    found = read_scalar(text)
    assert (found.value, type(found.value), found.ambiguous) == (value, type(value), False)


@pytest.mark.parametrize(("text", "value"), READ_DIFFERENTLY)
def test_what_parsers_read_differently_is_read_as_kubectl_does_with_a_warning(text: str, value: Plain) -> None:
    """Such a scalar has kubectl's value, and is called ambiguous."""
    found = read_scalar(text)
    assert (found.value, type(found.value), found.ambiguous) == (value, type(value), True)


def test_the_warning_says_to_quote_it() -> None:
    """It points at the value, says how it is read, and shows it in quotes."""
    (found,) = only(HEAD + "spec:\n  egress:\n  - port: {name: on}\n").diagnostics
    assert (found.code, found.severity, found.path) == ("GLY0009", "warning", "spec.egress[0].port.name")
    assert (found.origin.line, found.origin.column) == (6, 18)
    assert "read as true" in found.message
    assert '"on"' in found.hint


def test_quoted_scalars_are_text() -> None:
    """Quotes, and block scalars, take the ambiguity away."""
    text = HEAD + "spec: {a: 'on', b: \"010\", c: ~}\n"
    assert only(text).resource.spec == b'{"a":"on","b":"010","c":null}'
    assert only(HEAD + "spec:\n  a: |-\n    12:30\n").diagnostics == ()


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1" * 399])
def test_numbers_that_json_cannot_hold_are_errors(text: str) -> None:
    """Infinity and its like are refused where they stand; the object is known, so it alone is held."""
    (found,) = reading(HEAD + f"spec: {{a: {text}}}\n").resources[0].diagnostics
    assert (found.code, found.severity, found.path) == ("GLY0019", "error", "spec.a")


@pytest.mark.parametrize(
    ("text", "key"),
    [("8080", "8080"), ("010", "8"), ("true", "true"), ("1.10", "1.1"), ("3.14159265", "3.1415927"), ("a", "a")],
)
def test_keys_become_text_as_kubectl_writes_them(text: str, key: str) -> None:
    """A key that is a number or a boolean becomes the text of its value."""
    assert key_text(read_scalar(text).value) == key


def test_an_ambiguous_key_is_warned_of_too() -> None:
    """`on:` is the key `true` to kubectl."""
    assert faults(HEAD + "spec: {on: 1}\n") == ["GLY0009 4:8 spec"]
    assert only(HEAD + "spec: {on: 1}\n").resource.spec == b'{"true":1}'


@given(st.text(alphabet="0123456789abcdefxoXOB_+-.:eE~yYnN \u0665", max_size=24))
def test_reading_is_total(text: str) -> None:
    """Any text is a scalar."""
    found = read_scalar(text)
    assert key_text(found.value) is not None or found.value is None


@given(st.integers(-(2**63), 2**64 - 1))
def test_integers_are_exact(number: int) -> None:
    """Every integer of 64 bits is read back as it was written."""
    assert read_scalar(str(number)) == (number, False)
