"""`typed`: the typed content of an object, parsed once for everybody who reads it. Pure.

The models are those of `schemas`; only kinds that have one can be typed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar, cast

from pydantic import BaseModel

from pipeline.derive import transient
from schemas.check import parse
from schemas.registry import DEFAULT_REGISTRY

if TYPE_CHECKING:
    from pipeline.derive import View
    from pipeline.model.key import Key
    from schemas.kind import Kind

M = TypeVar("M", bound=BaseModel)


@transient
def typed(view: View, key: Key) -> BaseModel | None:
    """The model of an object's content; None where there is no such object, or its content is not of its kind."""
    resource = view.get(key)
    kind = _kind(key.kind)
    if resource is None or kind is None:
        return None
    try:
        found = parse(kind, resource.spec)
    except ValueError:
        return None
    return found if isinstance(found, BaseModel) else None


def typed_as(view: View, key: Key, model: type[M]) -> M | None:
    """`typed`, as the model that the caller knows the kind to have."""
    del model
    return cast("M | None", view.derive(typed, key))


@cache
def _kind(word: str) -> Kind | None:
    """The kind that a key's word names: bare, or `Kind.group` where two groups share a word."""
    name, _, group = word.partition(".")
    found = DEFAULT_REGISTRY.kind(name, group or None)
    return found if found is not None and not found.carried else None
