"""`Branch`: what every branch of the settings tree is, and the types that several branches use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from galley.settings.address import checked_address

T = TypeVar("T")


def _split(value: object) -> object:
    """Return a text's parts, as a flag or the environment gives them, and one mapping as a list of it."""
    if isinstance(value, Mapping):
        return (value,)
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


Several = Annotated[tuple[T, ...], BeforeValidator(_split)]
"""A list; as a text, its parts with commas between; one mapping may stand without the list."""

Address = Annotated[str, AfterValidator(checked_address)]
"""`HOST:PORT`; empty means off, port 0 takes a free one."""


class Branch(BaseModel):
    """A part of the tree: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
