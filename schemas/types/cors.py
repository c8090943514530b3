"""`CorsPolicy`: cross-origin requests that a route answers. Pure."""

from __future__ import annotations

from typing import Literal

from schemas.types.duration import Duration
from schemas.types.message import Message
from schemas.types.string_match import StringMatch


class CorsPolicy(Message):
    """Origins, methods and headers that are allowed; `allow_origin` is the deprecated form of `allow_origins`."""

    allow_origin: tuple[str, ...] = ()
    allow_origins: tuple[StringMatch, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age: Duration | None = None
    allow_credentials: bool | None = None
    unmatched_preflights: Literal["UNSPECIFIED", "FORWARD", "IGNORE"] = "UNSPECIFIED"
