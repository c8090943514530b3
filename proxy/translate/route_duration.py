"""Durations as protobuf has them. Pure."""

from __future__ import annotations

from datetime import timedelta

from google.protobuf.duration_pb2 import Duration

_ZERO = timedelta()


def duration(value: timedelta) -> Duration:
    """The message of a duration."""
    return Duration(seconds=value.days * 86_400 + value.seconds, nanos=value.microseconds * 1000)


def none_negative(value: timedelta) -> timedelta:
    """The duration, or zero for a negative one, which Envoy refuses."""
    return max(value, _ZERO)
