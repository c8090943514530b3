"""Integers with the ranges of protobuf's types. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema


def _number(value: object) -> object:
    """The number that a text is, as protojson writes numbers of 64 bits; any other value as it is."""
    is_number = isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii()
    return int(value) if is_number and isinstance(value, str) and len(value) <= _DIGITS else value


_DIGITS = 20

PortNumber = Annotated[int, Field(ge=1, le=65535)]
"""The number of a TCP or UDP port."""

Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
"""A signed 32-bit integer (`int32`)."""

UInt32 = Annotated[int, Field(ge=0, le=2**32 - 1)]
"""An unsigned 32-bit integer (`uint32`)."""

UInt64 = Annotated[int, Field(ge=0, le=2**64 - 1)]
"""An unsigned 64-bit integer (`uint64`)."""

Int64 = Annotated[
    int,
    BeforeValidator(_number),
    Field(ge=-(2**63), le=2**63 - 1),
    WithJsonSchema({"type": "integer", "format": "int64"}),
]
"""A signed 64-bit integer (`int64`), which protojson also takes as text."""
