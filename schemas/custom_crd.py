"""The schema of a CRD in the words of JSON Schema. Pure.

An API server drops fields that a structural schema does not know; here they are faults, as with `kubectl --validate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OPEN = "x-kubernetes-preserve-unknown-fields"
_WORDS = frozenset({"items", "additionalProperties"})
_CHOICES = frozenset({"allOf", "anyOf", "oneOf"})


def closed_schema(schema: Mapping[str, object]) -> dict[str, Any]:
    """Objects with fields take no others, `nullable` is a second type, a number or text is either."""
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties" and isinstance(value, dict):
            found[key] = {name: _inner(inner) for name, inner in value.items()}
        elif key in _WORDS:
            found[key] = _inner(value)
        elif key in _CHOICES and isinstance(value, list):
            found[key] = list(value)
        elif not key.startswith("x-kubernetes-") and key not in {"nullable", "default", "example", "format"}:
            found[key] = value
    if schema.get("x-kubernetes-int-or-string"):
        found.pop("type", None)
        found["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    closed = "properties" in found and "additionalProperties" not in found and not schema.get(_OPEN)
    if closed:
        found["additionalProperties"] = False
    if schema.get("nullable") and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
        if isinstance(found.get("enum"), list):
            found["enum"] = [*found["enum"], None]
    return found


def _inner(schema: object) -> object:
    return closed_schema(schema) if isinstance(schema, dict) else schema
