"""Filters of routes of the Gateway API. Pure. Source: apis/v1/httproute_types.go of the Gateway API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.types.gateway_api_names import HeaderName, Hostname
from schemas.types.gateway_api_reference import BackendObjectReference, LocalObjectReference
from schemas.types.integers import PortNumber
from schemas.types.message import LenientMessage

_Path = Annotated[str, Field(max_length=1024)]
_Texts = Annotated[tuple[str, ...], Field(max_length=64)]


class HTTPHeader(LenientMessage):
    """A header and its value."""

    name: HeaderName
    value: Annotated[str, Field(min_length=1, max_length=4096)]


class HTTPHeaderFilter(LenientMessage):
    """Headers that are set, added and removed."""

    set: Annotated[tuple[HTTPHeader, ...], Field(max_length=16)] = ()
    add: Annotated[tuple[HTTPHeader, ...], Field(max_length=16)] = ()
    remove: Annotated[tuple[str, ...], Field(max_length=16)] = ()


class HTTPPathModifier(LenientMessage):
    """Another path, or another beginning of it."""

    type: Literal["ReplaceFullPath", "ReplacePrefixMatch"]
    replace_full_path: _Path | None = None
    replace_prefix_match: _Path | None = None


class HTTPRequestRedirectFilter(LenientMessage):
    """An answer that sends the client elsewhere."""

    scheme: Literal["http", "https"] | None = None
    hostname: Hostname | None = None
    path: HTTPPathModifier | None = None
    port: PortNumber | None = None
    status_code: Literal[301, 302, 303, 307, 308] = 302


class HTTPURLRewriteFilter(LenientMessage):
    """What of the request is rewritten."""

    hostname: Hostname | None = None
    path: HTTPPathModifier | None = None


class Fraction(LenientMessage):
    """A share as a fraction."""

    numerator: Annotated[int, Field(ge=0)]
    denominator: Annotated[int, Field(ge=1)] = 100


class HTTPRequestMirrorFilter(LenientMessage):
    """Where a copy of the requests goes; of all of them unless a share is given."""

    backend_ref: BackendObjectReference
    percent: Annotated[int, Field(ge=0, le=100)] | None = None
    fraction: Fraction | None = None


class HTTPCORSFilter(LenientMessage):
    """What pages of other origins may do."""

    allow_origins: _Texts = ()
    allow_credentials: bool | None = None
    allow_methods: Annotated[tuple[str, ...], Field(max_length=9)] = ()
    allow_headers: _Texts = ()
    expose_headers: _Texts = ()
    max_age: Annotated[int, Field(ge=1)] = 5


class GRPCAuthConfig(LenientMessage):
    """What is sent to a service that decides over gRPC."""

    allowed_headers: _Texts = ()


class HTTPAuthConfig(LenientMessage):
    """What is sent to a service that decides over HTTP, and what of its answer is kept."""

    path: str = ""
    allowed_headers: _Texts = ()
    allowed_response_headers: _Texts = ()


class ForwardBodyConfig(LenientMessage):
    """How much of the body is sent to the service that decides."""

    max_size: Annotated[int, Field(ge=0)] = 0


class HTTPExternalAuthFilter(LenientMessage):
    """A service that decides of each request."""

    protocol: Literal["HTTP", "GRPC"]
    backend_ref: BackendObjectReference
    grpc: GRPCAuthConfig | None = None
    http: HTTPAuthConfig | None = None
    forward_body: ForwardBodyConfig | None = None


class RouteFilter(LenientMessage):
    """What all filters have: the kinds that change headers, mirror, or are somebody else's."""

    request_header_modifier: HTTPHeaderFilter | None = None
    response_header_modifier: HTTPHeaderFilter | None = None
    request_mirror: HTTPRequestMirrorFilter | None = None
    extension_ref: LocalObjectReference | None = None


class HTTPRouteFilter(RouteFilter):
    """A filter of HTTP: the field that its type names."""

    type: Literal[
        "RequestHeaderModifier",
        "ResponseHeaderModifier",
        "RequestMirror",
        "RequestRedirect",
        "URLRewrite",
        "CORS",
        "ExternalAuth",
        "ExtensionRef",
    ]
    request_redirect: HTTPRequestRedirectFilter | None = None
    url_rewrite: HTTPURLRewriteFilter | None = None
    cors: HTTPCORSFilter | None = None
    external_auth: HTTPExternalAuthFilter | None = None


class GRPCRouteFilter(RouteFilter):
    """A filter of gRPC: the field that its type names."""

    type: Literal["RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "ExtensionRef"]
