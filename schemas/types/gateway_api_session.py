"""Session persistence, and how often is tried again, in the Gateway API's words. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.types.gateway_api_names import DurationText
from schemas.types.message import LenientMessage


class CookieConfig(LenientMessage):
    """How long a cookie lives."""

    lifetime_type: Literal["Permanent", "Session"] = "Session"


class SessionPersistence(LenientMessage):
    """That requests of a session stay with one backend."""

    session_name: Annotated[str, Field(max_length=128)] | None = None
    absolute_timeout: DurationText | None = None
    idle_timeout: DurationText | None = None
    type: Literal["Cookie", "Header"] = "Cookie"
    cookie_config: CookieConfig | None = None


class HTTPRouteRetry(LenientMessage):
    """When, how often and after what time a request is tried again."""

    codes: tuple[Annotated[int, Field(ge=400, le=599)], ...] = ()
    attempts: int | None = None
    backoff: DurationText | None = None


class HTTPRouteTimeouts(LenientMessage):
    """How long a request may take in all, and each try of it; `0s` is forever."""

    request: DurationText | None = None
    backend_request: DurationText | None = None
