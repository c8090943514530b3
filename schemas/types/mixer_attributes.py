"""`Attributes`: values that Mixer compares and reports. Pure. Source: istio.io/api mixer/v1/attributes.proto (1.4)."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from schemas.types.duration import Duration
from schemas.types.integers import Int64
from schemas.types.message import Message, OneOfMessage


class StringMap(Message):
    """Text by text."""

    entries: dict[str, str] = Field(default_factory=dict)


class AttributeValue(OneOfMessage):
    """A value of one type."""

    ONE_OF: ClassVar = (
        (
            "string_value",
            "int64_value",
            "double_value",
            "bool_value",
            "bytes_value",
            "timestamp_value",
            "duration_value",
            "string_map_value",
        ),
    )

    string_value: str | None = None
    int64_value: Int64 | None = None
    double_value: float | None = None
    bool_value: bool | None = None
    bytes_value: str | None = None
    timestamp_value: str | None = None
    duration_value: Duration | None = None
    string_map_value: StringMap | None = None


class Attributes(Message):
    """Values by the names of attributes (`api.operation`)."""

    attributes: dict[str, AttributeValue] = Field(default_factory=dict)
