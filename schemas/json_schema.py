"""JSON Schema of whole documents, for editors and for people: apiVersion, kind, metadata and the kind's content. Pure.

Draft 2020-12, in one piece, without references.
"""

from __future__ import annotations

import json

from pydantic.json_schema import JsonSchemaValue

from schemas.inline import inline_schema
from schemas.kind import Kind

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_TEXTS: JsonSchemaValue = {"type": ["object", "null"], "additionalProperties": {"type": "string"}}
_METADATA: JsonSchemaValue = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 253},
        "namespace": {"type": "string", "maxLength": 63},
        "labels": _TEXTS,
        "annotations": _TEXTS,
    },
    "required": ["name"],
}


def json_schema(kind: Kind) -> JsonSchemaValue:
    """The schema of a document of the kind; a kind that is only carried may have any content."""
    content = content_schema(kind) if kind.schema else _draft(content_schema(kind))
    if "" in kind.versions:
        return {"$schema": DRAFT, "title": kind.name, **content}
    properties: JsonSchemaValue = {
        "apiVersion": {"type": "string", "enum": list(kind.api_versions())},
        "kind": {"type": "string", "enum": [kind.name]},
        "metadata": _METADATA,
    }
    if kind.body == "spec":
        properties |= {"spec": content, "status": {"type": ["object", "null"]}}
    else:
        properties |= content["properties"]
    required = ["apiVersion", "kind", "metadata"]
    if kind.body == "spec" and content.get("required"):
        required.append("spec")
    return {
        "$schema": DRAFT,
        "title": kind.name,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": kind.body == "fields",
    }


def content_schema(kind: Kind) -> JsonSchemaValue:
    """The schema of the kind's content, in the words of OpenAPI (`nullable`), as CRDs have it."""
    model = kind.load_model()
    if model is not None:
        return inline_schema(model)
    if kind.schema:
        found: JsonSchemaValue = json.loads(kind.schema)
        return found
    return {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def _draft(schema: JsonSchemaValue) -> JsonSchemaValue:
    """The same in the words of JSON Schema: `nullable` becomes a second type, extensions of Kubernetes go."""
    found: JsonSchemaValue = {}
    for key, value in schema.items():
        if key == "properties":
            optional = value.keys() - set(schema.get("required", ()))
            found[key] = {name: _or_null(_draft(inner), optional=name in optional) for name, inner in value.items()}
        elif key == "nullable" or key.startswith("x-kubernetes-"):
            continue
        elif isinstance(value, dict):
            found[key] = _draft(value)
        elif isinstance(value, list):
            found[key] = [_draft(inner) if isinstance(inner, dict) else inner for inner in value]
        else:
            found[key] = value
    return found


def _or_null(schema: JsonSchemaValue, *, optional: bool) -> JsonSchemaValue:
    """The schema, and null beside it where the field may be left out: protojson reads null as not written."""
    if not optional or not isinstance(schema.get("type"), str):
        return schema
    found = {**schema, "type": [schema["type"], "null"]}
    return {**found, "enum": [*found["enum"], None]} if "enum" in found else found
