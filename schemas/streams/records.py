"""JSON Schema of the values of the topics `resources` and `revisions`: what `pipeline.model.codec` writes. Pure data.

Fields at their default are left out. A key is `[kind, namespace, name]`; maps are lists of pairs, so that a key can be
one's name.
"""

from __future__ import annotations

from typing import Final

from pydantic.json_schema import JsonSchemaValue

from schemas.json_schema import DRAFT

_TEXT: JsonSchemaValue = {"type": "string"}
_COUNT: JsonSchemaValue = {"type": "integer", "minimum": 0}
_DIGEST: JsonSchemaValue = {
    "type": "string",
    "pattern": "^[0-9a-f]{32}$",
    "description": "BLAKE2b-128 of the content, not of where it was written",
}
_KEY: JsonSchemaValue = {
    "type": "array",
    "description": "kind (with its group where two groups share the word), namespace (empty: cluster-scoped), name",
    "prefixItems": [{"type": "string", "minLength": 1}, _TEXT, _TEXT],
    "items": False,
    "minItems": 3,
}
_LABELS: JsonSchemaValue = {
    "type": "array",
    "description": "pairs of name and value",
    "items": {"type": "array", "prefixItems": [_TEXT, _TEXT], "items": False, "minItems": 2},
}
_ORIGIN: JsonSchemaValue = {
    "type": "object",
    "description": "where it was written; its lines may move without a new revision",
    "properties": {
        "source": {"type": "string", "description": "the source's name in the settings"},
        "file": {"type": "string", "description": "relative to the source's root"},
        "line": {**_COUNT, "description": "from 1; 1 where it is left out, 0 where a place has no lines"},
        "column": {**_COUNT, "description": "from 1; 1 where it is left out"},
        "positions": {"type": "string", "contentEncoding": "base64", "description": "of every node, for Galley itself"},
        "commit": _TEXT,
        "author": _TEXT,
        "cluster": _TEXT,
        "resource_version": _TEXT,
    },
    "required": ["source"],
}
_CAUSE: JsonSchemaValue = {
    "type": "object",
    "properties": {
        "at": {"type": "number", "description": "seconds since the epoch"},
        "trace": {"type": "string", "description": "the trace id, as in the events"},
        "author": _TEXT,
        "commit": _TEXT,
        "reason": _TEXT,
    },
}
_RESOURCE: JsonSchemaValue = {
    "type": "object",
    "properties": {
        "key": _KEY,
        "api_version": {"type": "string", "description": "as it was written"},
        "spec": {"description": "the document's spec; of kinds without one, all but apiVersion, kind and metadata"},
        "origin": _ORIGIN,
        "labels": _LABELS,
        "annotations": _LABELS,
        "created": {"type": "string", "description": "the document's own creationTimestamp (RFC 3339)"},
        "digest": _DIGEST,
    },
    "required": ["key", "api_version", "spec", "origin", "digest"],
}
_CHANGED: JsonSchemaValue = {
    "type": "array",
    "description": "pairs of key and content digest, null where the object is gone",
    "items": {
        "type": "array",
        "prefixItems": [_KEY, {"anyOf": [_DIGEST, {"type": "null"}]}],
        "items": False,
        "minItems": 2,
    },
}
_REVISION: JsonSchemaValue = {
    "type": "object",
    "properties": {
        "number": {"type": "integer", "minimum": 1},
        "digest": {**_DIGEST, "description": "of the content of all resources: same content, same digest"},
        "parent": {**_COUNT, "description": "the number of the revision before it; 0 for the first"},
        "entry": {**_COUNT, "description": "the position in the log that made it"},
        "source": {"type": "string", "description": "the sources that changed something, with commas"},
        "cause": _CAUSE,
        "changed": _CHANGED,
    },
    "required": ["number", "digest", "parent", "entry", "source", "cause", "changed"],
}


def _record(name: str, title: str, value: JsonSchemaValue) -> JsonSchemaValue:
    """The schema of a record: its format's number, its name, its content."""
    properties = {"f": {"type": "integer", "minimum": 1}, "t": {"const": name}, "v": value}
    return {
        "$schema": DRAFT,
        "title": title,
        "type": "object",
        "properties": properties,
        "required": ["f", "t", "v"],
    }


RECORDS: Final[dict[str, JsonSchemaValue]] = {
    "resource": _record("Resource", "a value of the topic resources", _RESOURCE),
    "revision": _record("Revision", "a value of the topic revisions", _REVISION),
}
"""The schemas, by the name of their file."""
