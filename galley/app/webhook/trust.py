"""What a cluster trusts a webhook by: our root, and those of other replicas, each with its own CA. Pure."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

if TYPE_CHECKING:
    from datetime import datetime

_MOST: Final = 4


def trusted(bundle: str, root_pem: str, now: datetime) -> str:
    """Return a `caBundle` (base64 of PEM) that has our root; the same text where it does already.

    Other roots stay, so that replicas do not take turns at it: those that have not ended, and four at most.
    """
    ours = x509.load_pem_x509_certificate(root_pem.encode())
    there = _certificates(bundle)
    if ours in there and len(there) <= _MOST:
        return bundle
    others = [one for one in there if one != ours and one.not_valid_after_utc > now][: _MOST - 1]
    return base64.b64encode(b"".join(one.public_bytes(Encoding.PEM) for one in (ours, *others))).decode()


def _certificates(bundle: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(base64.b64decode(bundle, validate=True))
    except (binascii.Error, ValueError):
        return []
