"""The content of a user's own kind against its JSON Schema. Pure; loaded only where there is such a kind.

A schema cannot stop the mesh: patterns run in RE2, in time linear in the text; what must be unique is compared by its
canonical text; and references are followed so many times only, for a short schema can name itself twice at each of
forty levels.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
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

MOST_REFERENCES = 100_000
"""Times that references are followed while one object is checked."""

_SHOWN = 300
_left: ContextVar[list[int]] = ContextVar("references that may still be followed")


class _Endless(Exception):
    """References were followed too many times."""


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
        _errors(schema, {}, 1)
    except (Unresolvable, RecursionError, _Endless) as error:
        return f"a reference of the schema leads nowhere: {str(error)[:_SHOWN]}"
    return ""


def check_custom(schema: str, content: object, prefix: str, most: int) -> tuple[Fault, ...]:
    """What of the content violates the schema."""
    try:
        errors = _errors(schema, content, most)
    except (Unresolvable, RecursionError, _Endless) as error:
        return (_fault(prefix, f"the schema cannot be followed to its end: {str(error)[:_SHOWN]}"),)
    return tuple(_of_error(error, prefix) for error in errors)


def _errors(schema: str, content: object, most: int) -> list[ValidationError]:
    token = _left.set([MOST_REFERENCES])
    try:
        return list(islice(_validator(schema).iter_errors(content), most))
    finally:
        _left.reset(token)


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


def _counted(keyword: str) -> Callable[..., Iterator[ValidationError]]:
    """The keyword as it is, with its uses counted."""
    follow = Draft202012Validator.VALIDATORS[keyword]

    def counted(*given: object) -> Iterator[ValidationError]:
        left = _left.get()
        left[0] -= 1
        if left[0] < 0:
            msg = f"its references were followed {MOST_REFERENCES} times"
            raise _Endless(msg)
        yield from follow(*given) or ()

    return counted


def _unique(validator: object, wanted: bool, instance: object, schema: object) -> Iterator[ValidationError]:  # noqa: FBT001  jsonschema's signature
    del validator, schema
    if not wanted or not isinstance(instance, list):
        return
    seen = set()
    for item in instance:
        text = json.dumps(_number_as_such(item), sort_keys=True)
        if text in seen:
            yield ValidationError(f"{text[:_SHOWN]} is there more than once")
            return
        seen.add(text)


def _number_as_such(value: object) -> object:
    """The value with 1.0 as 1, which JSON Schema holds to be the same number."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_number_as_such(item) for item in value]
        case dict():
            return {key: _number_as_such(item) for key, item in value.items()}
        case _:
            return value


_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "uniqueItems": _unique,
        "$ref": _counted("$ref"),
        "$dynamicRef": _counted("$dynamicRef"),
    },
)


@lru_cache(maxsize=256)
def _validator(schema: str) -> Draft202012Validator:
    return cast("Draft202012Validator", _Validator(json.loads(schema), registry=Registry()))
