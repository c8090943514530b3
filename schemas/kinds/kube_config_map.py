"""Kubernetes ConfigMap: the mesh configuration, certificates of authorities. Pure model."""

from __future__ import annotations

from schemas.types.message import LenientMessage


class ConfigMap(LenientMessage):
    """Texts by key, and base64 bytes by key."""

    data: dict[str, str] = {}
    binary_data: dict[str, str] = {}
    immutable: bool = False
