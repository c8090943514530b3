"""`FreeObject`: content that somebody else reads. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import JsonValue, WithJsonSchema

FreeObject = Annotated[
    dict[str, JsonValue], WithJsonSchema({"type": "object", "x-kubernetes-preserve-unknown-fields": True})
]
"""An object with any fields, in which null is a value (`google.protobuf.Struct`)."""
