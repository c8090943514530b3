"""VirtualService: which destination a request or connection goes to. Pure model.

Source: istio.io/api networking/v1alpha3/virtual_service.proto and the CRD generated from it (1.30).
"""

from __future__ import annotations

from pydantic import AliasChoices, Field

from schemas.types.cors import CorsPolicy
from schemas.types.destination import Destination
from schemas.types.duration import Duration
from schemas.types.headers import Headers
from schemas.types.http_action import Delegate, HTTPDirectResponse, HTTPMirrorPolicy, HTTPRedirect, HTTPRewrite
from schemas.types.http_fault import HTTPFaultInjection
from schemas.types.http_match import HTTPMatchRequest
from schemas.types.http_retry import HTTPRetry
from schemas.types.integers import Int32, UInt32
from schemas.types.message import Message
from schemas.types.percent import Percent


class HTTPRouteDestination(Message):
    """One of the weighted destinations of an HTTP route."""

    destination: Destination
    weight: Int32 = 0
    headers: Headers | None = None


class HTTPRoute(Message):
    """Matches, then exactly one of route, redirect, direct response and delegate."""

    name: str = ""
    match: tuple[HTTPMatchRequest, ...] = ()
    route: tuple[HTTPRouteDestination, ...] = ()
    redirect: HTTPRedirect | None = None
    direct_response: HTTPDirectResponse | None = None
    delegate: Delegate | None = None
    rewrite: HTTPRewrite | None = None
    timeout: Duration | None = None
    retries: HTTPRetry | None = None
    fault: HTTPFaultInjection | None = None
    mirror: Destination | None = None
    mirror_percent: UInt32 | None = Field(
        default=None,
        validation_alias=AliasChoices("mirrorPercent", "mirror_percent"),
        serialization_alias="mirrorPercent",
    )
    mirror_percentage: Percent | None = None
    mirrors: tuple[HTTPMirrorPolicy, ...] = ()
    cors_policy: CorsPolicy | None = None
    headers: Headers | None = None


class RouteDestination(Message):
    """One of the weighted destinations of a TCP or TLS route."""

    destination: Destination
    weight: Int32 = 0


class L4MatchAttributes(Message):
    """Which TCP connections a route is for."""

    destination_subnets: tuple[str, ...] = ()
    port: UInt32 = 0
    source_subnet: str = ""
    source_labels: dict[str, str] = Field(default_factory=dict)
    gateways: tuple[str, ...] = ()
    source_namespace: str = ""


class TLSMatchAttributes(Message):
    """Which TLS connections a route is for, by the server name that the client asks for."""

    sni_hosts: tuple[str, ...]
    destination_subnets: tuple[str, ...] = ()
    port: UInt32 = 0
    source_labels: dict[str, str] = Field(default_factory=dict)
    gateways: tuple[str, ...] = ()
    source_namespace: str = ""


class TLSRoute(Message):
    """A route of TLS that is not terminated."""

    match: tuple[TLSMatchAttributes, ...]
    route: tuple[RouteDestination, ...] = ()


class TCPRoute(Message):
    """A route of opaque TCP."""

    match: tuple[L4MatchAttributes, ...] = ()
    route: tuple[RouteDestination, ...] = ()


class VirtualService(Message):
    """Routes of a set of hosts, on a set of gateways (`mesh` where none is named)."""

    hosts: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    http: tuple[HTTPRoute, ...] = ()
    tls: tuple[TLSRoute, ...] = ()
    tcp: tuple[TCPRoute, ...] = ()
    export_to: tuple[str, ...] = ()
