"""`Message`: what every model of a kind derives from. Pure.

Attribute names are the snake_case names of Istio's protos; documents carry their protojson form (camelCase). A field
without presence in proto3 has its zero value here; a field with presence (message, wrapper, member of a one-of) is
`None` when absent; a repeated field is an empty tuple. Nothing is materialised that was not written.
"""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from schemas.json_name import json_name


class Message(BaseModel):
    """A frozen message that knows all of its fields: an unknown field or a value of another type is an error.

    Python code builds one by attribute names; documents are validated by their camelCase names only
    (`schemas.check.check` says so to pydantic).
    """

    NULL_IS_EMPTY: ClassVar[frozenset[str]] = frozenset()
    """Fields in which null is an empty message, and not left out; they have a validator that reads it so."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=json_name,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
        defer_build=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema, with every name under which a field may be written."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        for field in cls.model_fields.values():
            if isinstance(field.validation_alias, AliasChoices):
                first, *others = map(str, field.validation_alias.choices)
                for other in others:
                    schema["properties"][other] = schema["properties"][first]
        return schema


class OneOfMessage(Message):
    """A message with one-ofs: of each group in `ONE_OF`, at most one member may be set."""

    ONE_OF: ClassVar[tuple[tuple[str, ...], ...]] = ()

    @model_validator(mode="after")
    def _at_most_one(self) -> Self:
        for group in self.ONE_OF:
            found = [name for name in group if getattr(self, name) is not None]
            if len(found) > 1:
                raise PydanticCustomError(
                    "one_of",
                    "only one of {members} may be set, found {found}",
                    {"members": ", ".join(map(json_name, group)), "found": ", ".join(map(json_name, found))},
                )
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema, with the one-ofs in the form that Istio's CRDs have: none, or exactly one."""
        schema = super().__get_pydantic_json_schema__(core_schema, handler)
        groups = [_one_of([json_name(name) for name in group]) for group in cls.ONE_OF]
        if len(groups) == 1:
            schema.update(groups[0])
        elif groups:
            schema["allOf"] = groups
        return schema


def _one_of(names: list[str]) -> JsonSchemaValue:
    given: list[JsonSchemaValue] = [{"required": [name]} for name in names]
    return {"oneOf": [{"not": {"anyOf": given}}, *given]}


class LenientMessage(BaseModel):
    """A frozen message of somebody else's API (Kubernetes): typed for what we read, other fields are let through."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        strict=True,
        alias_generator=json_name,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
        defer_build=True,
        hide_input_in_errors=True,
    )
