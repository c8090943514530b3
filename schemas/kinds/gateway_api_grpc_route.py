"""GRPCRoute of the Gateway API. Pure model. Source: https://gateway-api.sigs.k8s.io/reference/spec/#grpcroute (1.5)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.types.gateway_api_filter import GRPCRouteFilter
from schemas.types.gateway_api_names import HeaderName, Hostname, SectionName
from schemas.types.gateway_api_reference import BackendRef, ParentReference
from schemas.types.gateway_api_session import SessionPersistence
from schemas.types.message import LenientMessage

MatchType = Literal["Exact", "RegularExpression"]
Filters = Annotated[tuple[GRPCRouteFilter, ...], Field(max_length=16)]
_Name = Annotated[str, Field(max_length=1024)]


class GRPCMethodMatch(LenientMessage):
    """The service and the method that are called; at least one of them."""

    type: MatchType = "Exact"
    service: _Name | None = None
    method: _Name | None = None


class GRPCHeaderMatch(LenientMessage):
    """A header of a call."""

    type: MatchType = "Exact"
    name: HeaderName
    value: Annotated[str, Field(min_length=1, max_length=4096)]


class GRPCRouteMatch(LenientMessage):
    """Conditions that must all hold."""

    method: GRPCMethodMatch | None = None
    headers: Annotated[tuple[GRPCHeaderMatch, ...], Field(max_length=16)] = ()


class GRPCBackendRef(BackendRef):
    """Where a share of the calls goes, with filters of its own."""

    filters: Filters = ()


class GRPCRouteRule(LenientMessage):
    """Matches, filters and backends."""

    name: SectionName | None = None
    matches: Annotated[tuple[GRPCRouteMatch, ...], Field(max_length=64)] = ()
    filters: Filters = ()
    backend_refs: Annotated[tuple[GRPCBackendRef, ...], Field(max_length=16)] = ()
    session_persistence: SessionPersistence | None = None


class GRPCRoute(LenientMessage):
    """The `spec` of a GRPCRoute."""

    parent_refs: Annotated[tuple[ParentReference, ...], Field(max_length=32)] = ()
    use_default_gateways: Literal["All", "None"] | None = None
    hostnames: Annotated[tuple[Hostname, ...], Field(max_length=16)] = ()
    rules: Annotated[tuple[GRPCRouteRule, ...], Field(max_length=16)] = ()
