"""The shape of a model: which fields there are at which place. Pure; used where a document is wrong, never else."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AliasChoices, BaseModel

Annotation = Any
"""A type annotation of a field."""


@cache
def fields_of(model: type[BaseModel]) -> Mapping[str, Annotation]:
    """The fields of a message by their names in documents, with their annotations."""
    found: dict[str, Annotation] = {}
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            alias = str(alias.choices[0])
        found[alias if isinstance(alias, str) else name] = field.annotation
    return found


def bare(annotation: Annotation) -> Annotation:
    """The annotation without `Annotated` and without `None`."""
    while True:
        origin: Any = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            members = [member for member in get_args(annotation) if member is not type(None)]
            if len(members) != 1:
                return annotation
            annotation = members[0]
        else:
            return annotation


def message_of(annotation: Annotation) -> type[BaseModel] | None:
    """The message that the annotation is, `None` where it is none."""
    found = bare(annotation)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def step(annotation: Annotation, key: str | int) -> Annotation | None:
    """The annotation one step below: of a field, of the items of a list, of the values of a map."""
    found = bare(annotation)
    if (model := message_of(found)) is not None:
        return fields_of(model).get(str(key))
    arguments = get_args(found)
    origin: Any = get_origin(found)
    if origin is tuple:
        return arguments[0]
    return arguments[1] if origin is dict else None


def at(annotation: Annotation, steps: Iterable[str | int]) -> Annotation | None:
    """The annotation at a path, `None` where the model has no such place."""
    found: Annotation | None = annotation
    for key in steps:
        if found is None:
            return None
        found = step(found, key)
    return found


def kind_of(annotation: Annotation) -> str:
    """What YAML users call a value of this type: a list, a map, an object, a string, a number, ..."""
    found = bare(annotation)
    if message_of(found) is not None:
        return "an object"
    origin: Any = get_origin(found)
    if origin is tuple:
        return "a list"
    if origin is dict:
        return "a map"
    if origin is Literal:
        return "one of " + ", ".join(map(str, get_args(found)))
    return {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}.get(found, "a value")


def without_nulls(value: object, annotation: Annotation | None) -> object:
    """The value without fields that are null: protojson reads null as not written.

    A null in a map or in a list stays, and is wrong: leaving it out would change what is meant. So does one that the
    message reads as empty (`NULL_IS_EMPTY`).
    """
    if annotation is None:
        return value
    if isinstance(value, list):
        return [without_nulls(inner, step(annotation, index)) for index, inner in enumerate(value)]
    if not isinstance(value, dict):
        return value
    model = message_of(annotation)
    keep: frozenset[str] = frozenset() if model is not None else frozenset(value)
    keep = getattr(model, "NULL_IS_EMPTY", keep)
    return {
        key: without_nulls(inner, step(annotation, key))
        for key, inner in value.items()
        if inner is not None or key in keep
    }
