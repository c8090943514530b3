"""Durations as Istio's YAML writes them: `1.5s`, `500ms`, `1h30m`. Pure.

The grammar is that of Go's `time.ParseDuration`, which the CEL rule `duration(self)` of Istio's CRDs uses; protojson's
`1.5s` is part of it. Source: https://pkg.go.dev/time#ParseDuration.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)")
_WHOLE = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+|[+-]?0")
_MICROSECONDS = {
    "ns": 1e-3,
    "us": 1,
    "\u00b5s": 1,
    "\u03bcs": 1,
    "ms": 10**3,
    "s": 10**6,
    "m": 60 * 10**6,
    "h": 3600 * 10**6,
}
_LONGEST = timedelta(microseconds=2**63 // 1000)
_MILLISECOND = timedelta(milliseconds=1)
_LONGEST_TEXT = 64


def parse_duration(text: str) -> timedelta | None:
    """The duration that `text` means, or `None` where it is none: `1h30m`, `-1.5s`, `0`; rounded to microseconds."""
    if len(text) > _LONGEST_TEXT or not _WHOLE.fullmatch(text):
        return None
    total = timedelta()
    for number, unit in _PART.findall(text):
        scale = _MICROSECONDS[unit]
        try:
            total += timedelta(microseconds=float(number) * scale if "." in number else int(number) * scale)
        except OverflowError:
            return None
    if total > _LONGEST:
        return None
    return -total if text.startswith("-") else total


def format_duration(value: timedelta) -> str:
    """The protojson form of a duration: seconds with up to six digits and the suffix `s`."""
    micros = value // timedelta(microseconds=1)
    seconds, rest = divmod(abs(micros), 10**6)
    fraction = f".{rest:06d}".rstrip("0") if rest else ""
    return f"{'-' if micros < 0 else ''}{seconds}{fraction}s"


def _any_duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("duration_type", "expected a duration such as 1.5s")
    parsed = parse_duration(value)
    if parsed is None:
        raise PydanticCustomError("duration_format", "{value} is not a duration", {"value": value[:64]})
    return parsed


def _duration(value: object) -> timedelta:
    parsed = _any_duration(value)
    if parsed < _MILLISECOND:
        raise PydanticCustomError("duration_short", "{value} is shorter than 1ms", {"value": str(value)[:64]})
    if parsed.microseconds % 1000:
        raise PydanticCustomError("duration_precision", "{value} is finer than 1ms", {"value": str(value)[:64]})
    return parsed


_JSON = PlainSerializer(format_duration, return_type=str, when_used="json")
_VALID = {"message": "must be a valid duration greater than 1ms", "rule": "duration(self) >= duration('1ms')"}

AnyDuration = Annotated[timedelta, PlainValidator(_any_duration), _JSON, WithJsonSchema({"type": "string"})]
"""A duration of any length, zero and negative ones included."""

Duration = Annotated[
    timedelta,
    PlainValidator(_duration),
    _JSON,
    WithJsonSchema({"type": "string", "x-kubernetes-validations": [_VALID]}),
]
"""A duration of whole milliseconds, one at least: the rule of most durations of Istio's API."""
