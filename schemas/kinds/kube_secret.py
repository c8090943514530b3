"""Kubernetes Secret: certificates and keys that gateways use. Pure model; never shown in messages."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from schemas.types.message import LenientMessage


class Secret(LenientMessage):
    """Base64 bytes by key (`data`), or plain text by key (`string_data`, which wins)."""

    CONFIDENTIAL: ClassVar[bool] = True
    """No fault quotes a value of it."""

    data: dict[str, str] = Field(default_factory=dict)
    string_data: dict[str, str] = Field(default_factory=dict)
    type: str = "Opaque"
    immutable: bool = False
