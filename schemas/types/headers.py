"""`Headers`: changes to the headers of a request and of its response. Pure."""

from __future__ import annotations

from pydantic import Field

from schemas.types.message import Message


class HeaderOperations(Message):
    """Headers that are overwritten, appended to, removed."""

    set: dict[str, str] = Field(default_factory=dict)
    add: dict[str, str] = Field(default_factory=dict)
    remove: tuple[str, ...] = ()


class Headers(Message):
    """What changes on the way to the destination, and on the way back."""

    request: HeaderOperations | None = None
    response: HeaderOperations | None = None
