"""`HTTPMatchRequest`: which requests a route is for. Pure."""

from __future__ import annotations

from pydantic import Field

from schemas.types.integers import UInt32
from schemas.types.message import Message
from schemas.types.string_match import StringMatch


class HTTPMatchRequest(Message):
    """Conditions that must all hold; the list that a route has of them is alternatives."""

    name: str = ""
    uri: StringMatch | None = None
    scheme: StringMatch | None = None
    method: StringMatch | None = None
    authority: StringMatch | None = None
    headers: dict[str, StringMatch] = Field(default_factory=dict)
    port: UInt32 = 0
    source_labels: dict[str, str] = Field(default_factory=dict)
    gateways: tuple[str, ...] = ()
    query_params: dict[str, StringMatch] = Field(default_factory=dict)
    ignore_uri_case: bool = False
    without_headers: dict[str, StringMatch] = Field(default_factory=dict)
    source_namespace: str = ""
    stat_prefix: str = ""
