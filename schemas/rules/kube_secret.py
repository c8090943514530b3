"""Rules of Secret: what an API server refuses of those that gateways use. Pure; no value is ever shown.

Source: Kubernetes' pkg/apis/core/validation (`ValidateSecret`).
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator
from typing import Final

from schemas.fault import Fault, invalid
from schemas.kinds.kube_secret import Secret
from schemas.path import join

_TLS: Final = "kubernetes.io/tls"
_PARTS: Final = ("tls.crt", "tls.key")


def check_kube_secret(secret: Secret, path: str, namespace: str) -> Iterator[Fault]:
    """The values of `data` are base64; a Secret of the type for TLS has a certificate and a key."""
    del namespace
    where = f"{path}.data" if path else "data"
    for name, value in secret.data.items():
        try:
            b64decode("".join(value.split()), validate=True)
        except (binascii.Error, ValueError):
            hint = f"encode it, or write it as plain text below `stringData` (`{name[:80]}`)"
            yield invalid(join(where, name), "the value is not base64", hint)
    if secret.type == _TLS:
        for part in _PARTS:
            if part not in secret.data and part not in secret.string_data:
                yield invalid(join(where, part), f"a Secret of the type {_TLS} needs `{part}`")
