"""Kubernetes ConfigMap: the mesh configuration, certificates of authorities. Pure model."""

from __future__ import annotations

from pydantic import Field

from schemas.types.message import LenientMessage


class ConfigMap(LenientMessage):
    """Texts by key, and base64 bytes by key."""

    data: dict[str, str] = Field(default_factory=dict)
    binary_data: dict[str, str] = Field(default_factory=dict)
    immutable: bool = False
