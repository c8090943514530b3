"""External authorizers among the extension providers. Pure."""

from __future__ import annotations

from pydantic import Field

from schemas.types.duration import AnyDuration
from schemas.types.integers import UInt32
from schemas.types.message import Message
from schemas.types.provider_service import ServiceRef


class EnvoyExternalAuthorizationRequestBody(Message):
    """How much of a request's body the authorizer gets."""

    max_request_bytes: UInt32 = 0
    allow_partial_message: bool = False
    pack_as_bytes: bool = False


class EnvoyExternalAuthorizationHttpProvider(ServiceRef):
    """An authorizer that is asked over HTTP."""

    timeout: AnyDuration | None = None
    path_prefix: str = ""
    fail_open: bool = False
    clear_route_cache: bool = False
    status_on_error: str = ""
    include_headers_in_check: tuple[str, ...] = ()
    include_request_headers_in_check: tuple[str, ...] = ()
    include_additional_headers_in_check: dict[str, str] = Field(default_factory=dict)
    include_request_body_in_check: EnvoyExternalAuthorizationRequestBody | None = None
    headers_to_upstream_on_allow: tuple[str, ...] = ()
    headers_to_downstream_on_deny: tuple[str, ...] = ()
    headers_to_downstream_on_allow: tuple[str, ...] = ()


class EnvoyExternalAuthorizationGrpcProvider(ServiceRef):
    """An authorizer that is asked over gRPC."""

    timeout: AnyDuration | None = None
    fail_open: bool = False
    clear_route_cache: bool = False
    status_on_error: str = ""
    include_request_body_in_check: EnvoyExternalAuthorizationRequestBody | None = None
