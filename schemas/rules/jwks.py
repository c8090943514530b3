"""Key sets (JWKS) that stand in a document. Pure. Source: https://www.rfc-editor.org/rfc/rfc7517 and rfc7518."""

from __future__ import annotations

import json
import re
from typing import Any, Final

_MEMBERS: Final = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x"), "oct": ("k",)}
_NAMES: Final = frozenset({"crv"})
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+={0,2}")


def jwks_problem(text: str) -> str:
    """What keeps the text from being a set of keys, or one key."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return "the key set is not JSON"
    if not isinstance(content, dict):
        return "the key set is not a JSON object"
    if "keys" not in content:
        return _key_problem(content, "the key")
    keys = content["keys"]
    if not isinstance(keys, list):
        return "`keys` of the key set is not a list"
    problems = (_key_problem(key, f"key {number}") for number, key in enumerate(keys, 1))
    return next((problem for problem in problems if problem), "")


def _key_problem(key: Any, name: str) -> str:  # noqa: ANN401  JSON
    if not isinstance(key, dict):
        return f"{name} is not a JSON object"
    kind = key.get("kty")
    if not isinstance(kind, str) or kind not in _MEMBERS:
        return f"{name} has no type that is known: `kty` is one of {', '.join(_MEMBERS)}"
    for member in _MEMBERS[kind]:
        value = key.get(member)
        if not isinstance(value, str) or not value:
            return f"{name}, of type {kind}, has no `{member}`"
        if member not in _NAMES and not _BASE64URL.fullmatch(value):
            return f"`{member}` of {name} is not base64url"
    return ""
