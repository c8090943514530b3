"""HTTPRoute of the Gateway API. Pure model.

Source: https://gateway-api.sigs.k8s.io/reference/spec/#httproute (1.5, both channels).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.types.gateway_api_filter import HTTPRouteFilter
from schemas.types.gateway_api_names import HeaderName, Hostname, SectionName
from schemas.types.gateway_api_reference import BackendRef, ParentReference
from schemas.types.gateway_api_session import HTTPRouteRetry, HTTPRouteTimeouts, SessionPersistence
from schemas.types.message import LenientMessage

MatchType = Literal["Exact", "RegularExpression"]
Filters = Annotated[tuple[HTTPRouteFilter, ...], Field(max_length=16)]


class HTTPPathMatch(LenientMessage):
    """The path of a request."""

    type: Literal["Exact", "PathPrefix", "RegularExpression"] = "PathPrefix"
    value: Annotated[str, Field(max_length=1024)] = "/"


class HTTPHeaderMatch(LenientMessage):
    """A header of a request."""

    type: MatchType = "Exact"
    name: HeaderName
    value: Annotated[str, Field(min_length=1, max_length=4096)]


class HTTPQueryParamMatch(LenientMessage):
    """A parameter of a request's query."""

    type: MatchType = "Exact"
    name: HeaderName
    value: Annotated[str, Field(min_length=1, max_length=1024)]


class HTTPRouteMatch(LenientMessage):
    """Conditions that must all hold; without a path, any path will do."""

    path: HTTPPathMatch | None = None
    headers: Annotated[tuple[HTTPHeaderMatch, ...], Field(max_length=16)] = ()
    query_params: Annotated[tuple[HTTPQueryParamMatch, ...], Field(max_length=16)] = ()
    method: Literal["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"] | None = None


class HTTPBackendRef(BackendRef):
    """Where a share of the requests goes, with filters of its own."""

    filters: Filters = ()


class HTTPRouteRule(LenientMessage):
    """Matches, filters and backends."""

    name: SectionName | None = None
    matches: Annotated[tuple[HTTPRouteMatch, ...], Field(max_length=64)] = ()
    filters: Filters = ()
    backend_refs: Annotated[tuple[HTTPBackendRef, ...], Field(max_length=16)] = ()
    timeouts: HTTPRouteTimeouts | None = None
    retry: HTTPRouteRetry | None = None
    session_persistence: SessionPersistence | None = None


class HTTPRoute(LenientMessage):
    """The `spec` of an HTTPRoute."""

    parent_refs: Annotated[tuple[ParentReference, ...], Field(max_length=32)] = ()
    use_default_gateways: Literal["All", "None"] | None = None
    hostnames: Annotated[tuple[Hostname, ...], Field(max_length=16)] = ()
    rules: Annotated[tuple[HTTPRouteRule, ...], Field(max_length=16)] = (HTTPRouteRule(),)
