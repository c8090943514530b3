"""Single values in JSON against protobuf's types. Pure.

Source: https://protobuf.dev/programming-guides/json/; durations as Go's jsonpb takes them.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from schemas.structure import found_text
from schemas.suggest import did_you_mean
from schemas.types.duration import parse_duration

if TYPE_CHECKING:
    from google.protobuf.descriptor import FieldDescriptor

# The numbers of google.protobuf.descriptor.FieldDescriptor.CPPTYPE_*, which stand in the descriptor itself.
_INT32, _INT64, _UINT32, _UINT64, _DOUBLE, _FLOAT, _BOOL, _ENUM, _STRING = range(1, 10)
_BYTES: Final = 12
_BOUNDS: Final[Mapping[int, tuple[int, int]]] = {
    _INT32: (-(2**31), 2**31 - 1),
    _INT64: (-(2**63), 2**63 - 1),
    _UINT32: (0, 2**32 - 1),
    _UINT64: (0, 2**64 - 1),
}
_NOT_FINITE: Final = frozenset({"NaN", "Infinity", "-Infinity"})
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_LONGEST: Final = 40


def scalar_problem(field: FieldDescriptor, value: object, *, key: bool = False) -> str:
    """What keeps a value from being one of the field's type; keys of maps are texts of it."""
    kind = field.cpp_type
    if kind in _BOUNDS:
        return _integer_problem(value, *_BOUNDS[kind])
    if kind in {_DOUBLE, _FLOAT}:
        return _number_problem(value)
    if kind == _BOOL:
        right = value in {"true", "false"} if key and isinstance(value, str) else isinstance(value, bool)
        return "" if right else f"expected true or false, got {found_text(value)}"
    if kind == _ENUM:
        return _enum_problem(field, value)
    if not isinstance(value, str):
        return f"expected a string, got {found_text(value)}"
    return _bytes_problem(value) if field.type == _BYTES else ""


def well_known_problem(name: str, value: object) -> str | None:
    """What keeps a value from being the well-known message; `None` where the message is none of those."""
    check = _WELL_KNOWN.get(name)
    return None if check is None else check(value)


def _integer_problem(value: object, lowest: int, highest: int) -> str:
    number = value
    if isinstance(value, str):
        digits = value.removeprefix("-")
        number = int(value) if digits.isascii() and digits.isdecimal() and len(value) <= _LONGEST else value
    elif isinstance(value, float) and value.is_integer():
        number = int(value)
    if isinstance(number, bool) or not isinstance(number, int):
        return f"expected a whole number, got {found_text(value)}"
    return "" if lowest <= number <= highest else f"expected a number from {lowest} to {highest}, got {number}"


def _number_problem(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ""
    if isinstance(value, str) and (value in _NOT_FINITE or _NUMBER.fullmatch(value)):
        return ""
    return f"expected a number, got {found_text(value)}"


def _enum_problem(field: FieldDescriptor, value: object) -> str:
    kind = field.enum_type
    if kind is None:
        return ""
    if isinstance(value, str) and value not in kind.values_by_name:
        near = did_you_mean(value, kind.values_by_name)
        return f"`{value[:80]}` is not a value of {kind.full_name}" + (f": {near}" if near else "")
    if not isinstance(value, str) and _integer_problem(value, *_BOUNDS[_INT32]):
        return f"expected a value of {kind.full_name}, got {found_text(value)}"
    return ""


def _bytes_problem(value: str) -> str:
    try:
        base64.b64decode(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return "expected bytes in base64"
    return ""


def _duration(value: object) -> str:
    if isinstance(value, str) and parse_duration(value) is not None:
        return ""
    return f"expected a duration such as 1.5s, got {found_text(value)}"


def _timestamp(value: object) -> str:
    try:
        if isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None:
            return ""
    except ValueError:
        pass
    return f"expected a time such as 2030-01-01T00:00:00Z, got {found_text(value)}"


def _of(kind: type, what: str) -> Callable[[object], str]:
    return lambda value: "" if isinstance(value, kind) else f"expected {what}, got {found_text(value)}"


def _within(kind: int) -> Callable[[object], str]:
    return lambda value: _integer_problem(value, *_BOUNDS[kind])


_P: Final = "google.protobuf."
_WELL_KNOWN: Final[Mapping[str, Callable[[object], str]]] = {
    f"{_P}Duration": _duration,
    f"{_P}Timestamp": _timestamp,
    f"{_P}FieldMask": _of(str, "a string"),
    f"{_P}Struct": _of(dict, "an object"),
    f"{_P}Value": lambda _: "",
    f"{_P}ListValue": _of(list, "a list"),
    f"{_P}BoolValue": _of(bool, "true or false"),
    f"{_P}StringValue": _of(str, "a string"),
    f"{_P}BytesValue": lambda value: _bytes_problem(value) if isinstance(value, str) else "expected bytes in base64",
    f"{_P}Int32Value": _within(_INT32),
    f"{_P}Int64Value": _within(_INT64),
    f"{_P}UInt32Value": _within(_UINT32),
    f"{_P}UInt64Value": _within(_UINT64),
    f"{_P}DoubleValue": _number_problem,
    f"{_P}FloatValue": _number_problem,
}
