"""Plain YAML scalars as kubectl reads them, and whether others read them differently. Pure.

kubectl turns YAML into JSON with sigs.k8s.io/yaml, whose parser is goyaml.v2. `read_scalar` follows the order of its
`resolve` (https://github.com/kubernetes-sigs/yaml/blob/master/goyaml.v2/resolve.go): the words of YAML 1.1, then
integers as Go's `strconv.ParseInt` reads them in base 0, then decimal floats, then text. Base 60 is text, and so is
what looks like a time stamp (it only ever becomes JSON text).

Numbers then go through JSON: one that is whole becomes an integer (Go writes the float 1.0 as `1`), and integers beyond
64 bits become floats.
"""

from __future__ import annotations

import re
import struct
from functools import lru_cache
from math import isfinite
from typing import Final, NamedTuple, TypeAlias

Plain: TypeAlias = str | int | float | bool | None
"""What a scalar can be."""

_TRUE = ("true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON")
_FALSE = ("false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF")
_NULL = ("", "~", "null", "Null", "NULL")
_INFINITE = (".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF")
_WORDS: dict[str, Plain] = {
    **dict.fromkeys(_TRUE, True),
    **dict.fromkeys(_FALSE, False),
    **dict.fromkeys(_NULL, None),
    **dict.fromkeys(_INFINITE, float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_OLD_WORDS = frozenset(_TRUE[3:] + _FALSE[3:])
"""Booleans in YAML 1.1, text in YAML 1.2."""

SPECIAL: Final = frozenset("+-0123456789.~yYnNtTfFoO<")
"""The first characters of plain scalars that may be anything but text."""

_INTEGER = re.compile(
    r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]([0-7]+)|0([0-7]+)|(0|[1-9][0-9]*))\Z", re.ASCII
)
_BASES = (16, 2, 8, 8, 10)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z", re.ASCII)
_PLAIN_NUMBER = re.compile(
    r"(?:[-+]?(?:0|[1-9][0-9]*)|[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?|0x[0-9a-fA-F]+)\Z", re.ASCII
)
"""Numbers on which YAML 1.1, YAML 1.2 and kubectl agree."""
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?\Z", re.ASCII)
LONGEST_NUMBER: Final = 400
"""No number is written with more characters: what is longer is text, and never tried as a number."""


class Scalar(NamedTuple):
    """The value of a plain scalar; `ambiguous` where YAML 1.1 or 1.2 would read another."""

    value: Plain
    ambiguous: bool = False


def read_scalar(text: str) -> Scalar:
    """Return the value of a plain (unquoted) scalar as kubectl reads it. Never raises."""
    if not text or (text[0] in SPECIAL and len(text) < LONGEST_NUMBER):
        return _read(text)
    return Scalar(text)


def key_text(value: Plain) -> str | None:
    """Return a scalar as a JSON object's key, as sigs.k8s.io/yaml converts it; None for null, which cannot be a key."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _shortest(value)
        case None:
            return None


def whole(number: float) -> int | float:
    """Return the number as JSON from Go has it: a whole one, within 64 bits, is an integer."""
    if isfinite(number) and number.is_integer() and -(2**63) <= number < 2**64:
        return int(number)
    return number


def narrow(number: int) -> int | float:
    """Return an integer that JSON readers take: beyond 64 bits it is a float, infinite where it has no float."""
    if -(2**63) <= number < 2**64:
        return number
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _shortest(number: float) -> str:
    """Return the shortest decimal that is the same number in 32 bits: Go's `FormatFloat(number, 'g', -1, 32)`."""
    try:
        target = struct.pack("f", number)
    except OverflowError:
        return repr(number)
    for digits in range(1, 10):
        text = f"{number:.{digits}g}"
        if struct.pack("f", float(text)) == target:
            return text
    return repr(number)


@lru_cache(maxsize=4096)
def _read(text: str) -> Scalar:
    if text in _WORDS:
        return Scalar(_WORDS[text], text in _OLD_WORDS)
    if text[0] not in "+-.0123456789":
        return Scalar(text)
    value = _number(text)
    if value is None:
        return Scalar(text, _BASE_60.match(text) is not None)
    return Scalar(value, not _agreed(text, value))


def _number(text: str) -> int | float | None:
    """Read a number as goyaml.v2 does; None for text."""
    if text[0] == ".":
        return _float(text)
    plain = text.replace("_", "")
    found = _INTEGER.match(plain)
    if found:
        sign, *digits = found.groups()
        base, written = next((base, some) for base, some in zip(_BASES, digits, strict=True) if some is not None)
        number = int(written, base)
        return narrow(-number if sign == "-" else number)
    return _float(plain)


def _float(text: str) -> int | float | None:
    if _FLOAT.match(text) is None:
        return None
    number = float(text)
    return whole(number) if isfinite(number) else None


def _agreed(text: str, value: float) -> bool:
    """Whether YAML 1.1 and 1.2 read the same number."""
    if _PLAIN_NUMBER.match(text):
        return True
    octal = text.lstrip("+-")
    return octal.isdigit() and octal[0] == "0" and "8" not in octal and "9" not in octal and abs(value) == int(octal)
