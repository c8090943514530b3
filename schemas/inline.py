"""Schemas without references: each is spelt out where it is used, less what only pydantic needs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaValue

_PREFIX = "#/$defs/"
_LARGEST = 2**53
_LEFT_OUT = frozenset({"title", "default", "$defs"})


def inline_schema(model: type[BaseModel]) -> JsonSchemaValue:
    """The JSON Schema of a model in one piece; optional fields may be null, as protojson allows."""
    schema = model.model_json_schema(by_alias=True)
    return _spelt_out(schema, cast("Mapping[str, JsonSchemaValue]", schema.get("$defs", {})))


def _spelt_out(schema: JsonSchemaValue, definitions: Mapping[str, JsonSchemaValue]) -> JsonSchemaValue:
    if "$ref" in schema:
        target = definitions[schema["$ref"].removeprefix(_PREFIX)]
        return _spelt_out({**target, **{key: value for key, value in schema.items() if key != "$ref"}}, definitions)
    if (optional := _optional(schema)) is not None:
        return {**_spelt_out(optional, definitions), "nullable": True}
    found: JsonSchemaValue = {}
    for key, value in schema.items():
        if key in _LEFT_OUT or (key == "maximum" and value > _LARGEST):
            continue
        if key == "properties":
            found[key] = {name: _spelt_out(inner, definitions) for name, inner in value.items()}
        elif key == "description":
            found[key] = value.partition("\n")[0]
        elif isinstance(value, dict):
            found[key] = _spelt_out(value, definitions)
        elif isinstance(value, list) and value and isinstance(value[0], dict) and key in {"anyOf", "oneOf", "allOf"}:
            found[key] = [_spelt_out(inner, definitions) for inner in value]
        else:
            found[key] = value
    if "const" in found:
        found = {**found, "enum": [found.pop("const")], "type": "string"}
    return found


def _optional(schema: JsonSchemaValue) -> JsonSchemaValue | None:
    """What the schema allows besides null, where it is the one or the other."""
    choices = schema.get("anyOf")
    if not isinstance(choices, list) or {"type": "null"} not in choices:
        return None
    others = [choice for choice in choices if choice != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**rest, **others[0]} if len(others) == 1 else {**rest, "anyOf": others}
