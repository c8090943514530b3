"""`check`: one object's content against the schema and the rules of its kind. Pure and total.

The content is that of `spec`, or, for kinds without one, the fields beside `kind` and `metadata`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from itertools import chain, islice
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from schemas import fault as codes
from schemas.fault import Fault
from schemas.kind import Kind
from schemas.shape import without_nulls
from schemas.structure import structural_fault
from schemas.unknown import unknown_fields

Spec = BaseModel | Mapping[str, Any]
"""The content of an object: its model, or the plain mapping where the kind has none."""

Checked = tuple[Spec | None, tuple[Fault, ...]]
"""The content, `None` where it cannot be used, and what is wrong with it."""

MOST_FAULTS = 100
"""More faults than this in one object help nobody."""


def parse(kind: Kind, spec: bytes) -> Spec:
    """The typed content of an object that was checked before; the hot entry, 15 microseconds for a small one.

    Unknown fields are left out: a setting may have let them pass. Raises `ValueError` where it was never valid.
    """
    model = kind.load_model()
    if model is None:
        return _mapping(spec)
    try:
        return model.model_validate_json(spec, by_alias=True, by_name=kind.protojson)
    except ValidationError:
        bare = _dump(without_nulls(orjson.loads(spec), model))
        return model.model_validate_json(bare, by_alias=True, by_name=kind.protojson, extra="ignore")


def check(
    kind: Kind,
    spec: bytes | Mapping[str, Any],
    namespace: str = "default",
    *,
    lowered: Collection[str] = (),
) -> Checked:
    """The typed content, `None` where it cannot be used, and everything that is wrong with it.

    `namespace` is the object's own, for fields that name namespaces. Never raises for any JSON; a content that is no
    JSON object is a fault too. The rules between fields are looked at where every field has its shape; fields that are
    not known stand in the way of that, unless their code is among the `lowered`, which do not keep an object back.
    """
    try:
        text = spec if isinstance(spec, bytes) else _dump(spec)
        return _check_untyped(kind, text) if not kind.model else _check_typed(kind, text, namespace, lowered)
    except RecursionError:
        return None, (_unusable(kind, "the content is nested too deeply"),)


def _check_typed(kind: Kind, text: bytes, namespace: str, lowered: Collection[str]) -> Checked:
    model = kind.load_model()
    assert model is not None
    typed, found = _read(kind, model, text)
    if typed is None or (found and codes.UNKNOWN_FIELD not in lowered):
        return None, found
    rules = kind.load_rules()
    ruled = rules(typed, kind.prefix, namespace) if rules is not None else ()
    unknown = unknown_fields(model, orjson.loads(text), kind.prefix) if kind.open else ()
    found += tuple(islice(chain(ruled, unknown), MOST_FAULTS - len(found)))
    if not kind.translated:
        found += (_not_translated(kind),)
    held = any(fault.severity == "error" and fault.code not in lowered for fault in found)
    return (None if held else typed), found


def _read(kind: Kind, model: type[BaseModel], text: bytes) -> tuple[BaseModel | None, tuple[Fault, ...]]:
    """The model, and the faults of the shape; where these are unknown fields only, both: the rest can be looked at."""
    try:
        return model.model_validate_json(text, by_alias=True, by_name=kind.protojson), ()
    except ValidationError as first:
        try:
            bare = _dump(without_nulls(orjson.loads(text), model))
        except ValueError:
            return None, _structural(kind, model, first)
    try:
        return model.model_validate_json(bare, by_alias=True, by_name=kind.protojson), ()
    except ValidationError as second:
        found = _structural(kind, model, second)
        if any(detail["type"] != "extra_forbidden" for detail in second.errors(include_url=False)):
            return None, found
    try:
        return model.model_validate_json(bare, by_alias=True, by_name=kind.protojson, extra="ignore"), found
    except ValidationError as third:
        return None, (*found, *_structural(kind, model, third))


def _structural(kind: Kind, model: type[BaseModel], error: ValidationError) -> tuple[Fault, ...]:
    details = error.errors(include_url=False)[:MOST_FAULTS]
    return tuple(structural_fault(model, detail, kind.prefix) for detail in details)


def _check_untyped(kind: Kind, text: bytes) -> Checked:
    try:
        content = _mapping(text)
    except ValueError as error:
        return None, (_unusable(kind, str(error)),)
    if not kind.schema:
        return content, (_not_translated(kind),)
    from schemas.custom_check import check_custom  # noqa: PLC0415  few meshes have kinds of their own

    found = check_custom(kind.schema, content, kind.prefix, MOST_FAULTS)
    return (None if found else content), found


def _not_translated(kind: Kind) -> Fault:
    return Fault(
        code=codes.NOT_TRANSLATED,
        severity="info",
        path="kind",
        message=f"{kind.name} is known and carried, but not translated yet: it has no effect",
    )


def _unusable(kind: Kind, message: str) -> Fault:
    return Fault(code=codes.WRONG_TYPE, severity="error", path=kind.prefix, message=message)


def _mapping(text: bytes) -> Mapping[str, Any]:
    content = orjson.loads(text)
    if not isinstance(content, dict):
        raise ValueError("expected an object")  # noqa: TRY004  a fault of the text, as json's own errors are
    return content


def _dump(content: object) -> bytes:
    try:
        return orjson.dumps(content)
    except TypeError:
        return json.dumps(content, default=str).encode()
