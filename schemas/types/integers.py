"""Integers with the ranges of protobuf's types. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

PortNumber = Annotated[int, Field(ge=1, le=65535)]
"""The number of a TCP or UDP port."""

Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
"""A signed 32-bit integer (`int32`)."""

UInt32 = Annotated[int, Field(ge=0, le=2**32 - 1)]
"""An unsigned 32-bit integer (`uint32`)."""

UInt64 = Annotated[int, Field(ge=0, le=2**64 - 1)]
"""An unsigned 64-bit integer (`uint64`)."""
