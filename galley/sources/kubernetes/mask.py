"""`mask_of` and `masked`: of an object of somebody else's API, only the fields that its model reads. Pure."""

from __future__ import annotations

import types
import typing
from functools import cache
from typing import Any, Final, TypeAlias

from pydantic import AliasChoices, BaseModel

from schemas.json_name import json_name
from schemas.types.message import LenientMessage

ANY_KEY: Final = "*"
"""The key of a mask that stands for every key of a map."""

Mask: TypeAlias = "dict[str, Mask | None]"
"""The fields that are kept, each with the mask of what is in it; None keeps all. A list's mask is that of its items."""


@cache
def mask_of(model: type[BaseModel]) -> Mask | None:
    """Return the mask of a model; None for one that knows all of its fields, of which nothing is left out."""
    if not issubclass(model, LenientMessage):
        return None
    found: Mask = {}
    for name, field in model.model_fields.items():
        alias = field.validation_alias or field.alias or json_name(name)
        names = [str(one) for one in alias.choices] if isinstance(alias, AliasChoices) else [str(alias)]
        found |= dict.fromkeys(names, _mask_within(field.annotation))
    return found


def masked(value: Any, mask: Mask | None) -> Any:  # noqa: ANN401  JSON
    """Return a value with what its mask keeps."""
    if mask is None:
        return value
    if isinstance(value, list):
        return [masked(item, mask) for item in value]
    if not isinstance(value, dict):
        return value
    if ANY_KEY in mask:
        return {key: masked(item, mask[ANY_KEY]) for key, item in value.items()}
    return {key: masked(value[key], inner) for key, inner in mask.items() if key in value}


def _mask_within(annotation: Any) -> Mask | None:  # noqa: ANN401  an annotation
    """Return the mask of the models in a field's type: itself, optional, a tuple's, a map's."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return mask_of(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is dict:
        inner = _mask_within(arguments[1])
        return {ANY_KEY: inner} if inner is not None else None
    if origin in {tuple, list, typing.Union, types.UnionType, typing.Annotated}:
        found = [mask for mask in map(_mask_within, arguments) if mask is not None]
        return found[0] if len(found) == 1 else None
    return None
