"""`check_signature`: whether whoever sent a body knows the secret. Pure; every comparison takes the same time.

GitHub and Gitea sign the body (HMAC-SHA256, hexadecimal), GitLab sends the secret itself or signs as Standard Webhooks
says, and whoever has no forge signs `TIMESTAMP.BODY`. A time that is signed must be of now; where none is, the body
itself is what a repetition is known by.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries,
https://docs.gitlab.com/user/project/integrations/webhooks/, https://docs.gitea.com/usage/webhooks,
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_STANDARD_KEY: Final = b"whsec_"
_MOST_SIGNATURES: Final = 10


class Unsigned(ValueError):
    """Nobody who knows the secret sent this; the message says what is missing, and nothing of the secret."""


def check_signature(headers: Mapping[str, str], body: bytes, secret: bytes, now: float, window: float) -> bytes:
    """Return what a repetition of this delivery is known by; raise `Unsigned`. `now` and `window` are seconds."""
    if "webhook-signature" in headers:
        time = _fresh(headers.get("webhook-timestamp", ""), now, window)
        identity = headers.get("webhook-id", "")
        _standard(headers["webhook-signature"], f"{identity}.{time}.".encode() + body, secret)
        return _digest(identity.encode(), time.encode(), body)
    if "x-galley-signature" in headers:
        time = _fresh(headers.get("x-galley-timestamp", ""), now, window)
        _hexadecimal(headers["x-galley-signature"], f"{time}.".encode() + body, secret)
        return _digest(time.encode(), body)
    for name in ("x-hub-signature-256", "x-gitea-signature", "x-gogs-signature"):
        if name in headers:
            _hexadecimal(headers[name], body, secret)
            return _digest(body)
    if "x-gitlab-token" in headers:
        _same(_digest(headers["x-gitlab-token"].encode()), _digest(secret))
        return _digest(body)
    raise Unsigned("the delivery is not signed; give the forge the secret that git.hook.secret_file holds")


def _fresh(text: str, now: float, window: float) -> str:
    """Return a time (seconds since the epoch) that lies within the window around now."""
    if not text.isascii() or not text.isdigit() or len(text) > 12 or abs(int(text) - now) > window:  # noqa: PLR2004  digits of a year far away
        raise Unsigned("the time that was signed is missing or not of now; are the clocks right?")
    return text


def _hexadecimal(said: str, content: bytes, secret: bytes) -> None:
    expected = hmac.new(secret, content, hashlib.sha256).hexdigest()
    _same(said.removeprefix("sha256=").lower().encode(), expected.encode())


def _standard(said: str, content: bytes, secret: bytes) -> None:
    """Check one of several signatures, `v1,BASE64` each, with spaces between."""
    key = secret
    if secret.startswith(_STANDARD_KEY):
        try:
            key = base64.b64decode(secret.removeprefix(_STANDARD_KEY), validate=True)
        except binascii.Error:
            raise Unsigned("the secret begins with whsec_ and is not base64") from None
    expected = b"v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest())
    if not any(hmac.compare_digest(one.encode(), expected) for one in said.split()[:_MOST_SIGNATURES]):
        raise Unsigned(_WRONG)


def _same(said: bytes, expected: bytes) -> None:
    if not hmac.compare_digest(said, expected):
        raise Unsigned(_WRONG)


_WRONG: Final = "the signature is not made with the secret that git.hook.secret_file holds"


def _digest(*parts: bytes) -> bytes:
    return hashlib.sha256(b"\0".join(parts)).digest()
