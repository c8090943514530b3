"""Certificates, keys and authorities in a Kubernetes Secret or ConfigMap, under any of their usual names. Pure.

Envoy refuses what is no PEM, so that is as if it were not there.
Source: istio pilot/pkg/credentials/kube/secrets.go (extractCertInfo, extractRoot).
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from schemas.kinds.kube_secret import Secret

_CHAINS: Final = ("tls.crt", "cert")
_KEYS: Final = ("tls.key", "key")
_AUTHORITIES: Final = ("ca.crt", "cacert", "root-cert.pem")
_REVOKED: Final = ("ca.crl", "crl")
_PEM: Final = "-----BEGIN "


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a Secret holds, in PEM; empty where it holds none."""

    chain: str = ""
    key: str = field(default="", repr=False)
    authorities: str = ""
    crl: str = ""


def material_of(secret: Secret) -> Material:
    """The material of a Secret."""
    values = {**{name: text_of(value) for name, value in secret.data.items()}, **secret.string_data}
    return Material(
        chain=_first(values, _CHAINS),
        key=_first(values, _KEYS),
        authorities=authorities_of(values),
        crl=_first(values, _REVOKED),
    )


def authorities_of(values: Mapping[str, str]) -> str:
    """The authorities among values by name."""
    return _first(values, _AUTHORITIES)


def text_of(encoded: str) -> str:
    """Base64 as text, empty for what is neither."""
    try:
        return b64decode(encoded, validate=False).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _first(values: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((values[name] for name in names if values.get(name, "").lstrip().startswith(_PEM)), "")
