"""`HTTPFaultInjection`: delays and errors that a route puts in on purpose. Pure."""

from __future__ import annotations

from typing import ClassVar, Final

from schemas.types.duration import Duration
from schemas.types.integers import Int32
from schemas.types.message import Message, OneOfMessage
from schemas.types.percent import Percent

GRPC_STATUSES: Final = (
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
)
"""The names of gRPC's status codes, in their order: https://github.com/grpc/grpc/blob/master/doc/statuscodes.md"""


class Delay(OneOfMessage):
    """A delay before forwarding; `percent` is the deprecated form of `percentage`."""

    ONE_OF: ClassVar = (("fixed_delay", "exponential_delay"),)

    percent: Int32 = 0
    fixed_delay: Duration | None = None
    exponential_delay: Duration | None = None
    percentage: Percent | None = None


class Abort(OneOfMessage):
    """An error instead of forwarding."""

    ONE_OF: ClassVar = (("http_status", "grpc_status", "http2_error"),)

    http_status: Int32 | None = None
    grpc_status: str | None = None
    http2_error: str | None = None
    percentage: Percent | None = None


class HTTPFaultInjection(Message):
    """A delay, an abort, or both; they are drawn independently."""

    delay: Delay | None = None
    abort: Abort | None = None
