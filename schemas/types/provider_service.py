"""Services that extension providers call, and how. Pure."""

from __future__ import annotations

from typing import ClassVar

from schemas.types.duration import AnyDuration
from schemas.types.integers import UInt32
from schemas.types.message import Message, OneOfMessage


class ServiceRef(Message):
    """A service by its host, `[namespace/]host`, and a port; both are required, which is a rule."""

    service: str = ""
    port: UInt32 = 0


class HttpHeader(OneOfMessage):
    """A header that is sent, its value given or from istiod's environment."""

    ONE_OF: ClassVar = (("value", "env_name"),)

    name: str = ""
    value: str | None = None
    env_name: str | None = None


class HttpService(Message):
    """Export over HTTP."""

    path: str = ""
    timeout: AnyDuration | None = None
    headers: tuple[HttpHeader, ...] = ()


class GrpcService(Message):
    """Export over gRPC."""

    timeout: AnyDuration | None = None
    initial_metadata: tuple[HttpHeader, ...] = ()
