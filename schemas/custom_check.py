"""The content of a user's own kind against its JSON Schema. Pure; loaded only where there is such a kind.

Patterns run in RE2, in time linear in the text, so that a schema cannot stop the mesh.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import cast

import re2
from jsonschema import Draft202012Validator, SchemaError, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from schemas import fault as codes
from schemas.fault import Fault
from schemas.path import render
from schemas.rules.regex import regex_problem
from schemas.suggest import did_you_mean

_SHOWN = 300


def schema_problem(schema: str) -> str:
    """What keeps the text from being a schema that can be used."""
    content = json.loads(schema)
    try:
        Draft202012Validator.check_schema(content)
    except SchemaError as error:
        return f"the schema is not valid at {render(error.absolute_path) or 'its top'}: {error.message[:_SHOWN]}"
    for pattern in _patterns(content):
        if problem := regex_problem(pattern):
            return problem
    try:
        next(_validator(schema).iter_errors({}), None)
    except (Unresolvable, RecursionError) as error:
        return f"a reference of the schema leads nowhere: {str(error)[:_SHOWN]}"
    return ""


def check_custom(schema: str, content: object, prefix: str, most: int) -> tuple[Fault, ...]:
    """What of the content violates the schema."""
    try:
        errors = list(islice(_validator(schema).iter_errors(content), most))
    except (Unresolvable, RecursionError) as error:
        return (_fault(prefix, f"the schema cannot be followed to its end: {str(error)[:_SHOWN]}"),)
    return tuple(_of_error(error, prefix) for error in errors)


def _of_error(error: ValidationError, prefix: str) -> Fault:
    path = render(error.absolute_path, prefix)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        unknown = sorted(key for key in error.instance if key not in known)
        name = unknown[0] if unknown else ""
        return _fault(render([name], path), f"unknown field `{name}`", did_you_mean(name, known))
    return _fault(path, error.message[:_SHOWN])


def _fault(path: str, message: str, hint: str = "") -> Fault:
    return Fault(code=codes.VIOLATES_SCHEMA, severity="error", path=path, message=message, hint=hint)


def _patterns(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        if isinstance(schema.get("patternProperties"), dict):
            yield from schema["patternProperties"]
        for inner in schema.values():
            yield from _patterns(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _patterns(inner)


def _pattern(validator: object, pattern: str, instance: object, schema: object) -> Iterator[ValidationError]:
    del validator, schema
    if isinstance(instance, str) and not re2.search(pattern, instance):
        yield ValidationError(f"{instance[:_SHOWN]!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Draft202012Validator,
    patterns: Mapping[str, Mapping[str, object]],
    instance: object,
    schema: object,
) -> Iterator[ValidationError]:
    del schema
    if not isinstance(instance, dict):
        return
    for pattern, inner in patterns.items():
        for key, value in instance.items():
            if re2.search(pattern, key):
                yield from validator.descend(value, inner, path=key, schema_path=pattern)


_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"pattern": _pattern, "patternProperties": _pattern_properties}
)


@lru_cache(maxsize=256)
def _validator(schema: str) -> Draft202012Validator:
    return cast("Draft202012Validator", _Validator(json.loads(schema), registry=Registry()))
