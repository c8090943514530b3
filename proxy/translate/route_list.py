"""The routes of a VirtualService at a site: its list of HTTP routes to Envoy's. Pure.

Each entry of a route's `match` becomes a route of its own, in order; what holds nowhere here is left out, and the list
ends at the first route that takes everything.
Source: istio pilot/pkg/networking/core/route/route.go (BuildHTTPRoutesForVirtualService, translateRoute).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from envoy.config.core.v3.base_pb2 import HeaderValue, HeaderValueOption, Metadata
from envoy.config.route.v3.route_components_pb2 import Route
from google.protobuf.any_pb2 import Any

from pipeline.model.key import Key
from proxy.registry.route_semantics import Semantics
from proxy.translate.route_action import Targets, forward
from proxy.translate.route_cors import CORS_FILTER, cors_policy
from proxy.translate.route_fault import FAULT_FILTER, http_fault
from proxy.translate.route_headers import header_changes
from proxy.translate.route_match import Unmatchable, holds_here, is_catch_all, route_match
from proxy.translate.route_metadata import config_metadata, operation
from proxy.translate.route_redirect import direct_response, redirect_action
from proxy.translate.route_site import RouteSite
from schemas.kinds.virtual_service import HTTPRoute
from schemas.types.http_match import HTTPMatchRequest
from schemas.types.http_retry import HTTPRetry


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteMaker:
    """What all routes of one VirtualService at one site have in common. `retries` is the mesh's default policy."""

    key: Key
    site: RouteSite
    targets: Targets
    semantics: Semantics = Semantics.ISTIO
    retries: HTTPRetry | None = None

    def routes(self, http: Sequence[HTTPRoute]) -> Iterator[Route]:
        """Envoy's routes, in order; the last one is the only one that may take everything."""
        metadata = config_metadata(self.key)
        for route in http:
            for match in route.match or (None,):
                if match is not None and not holds_here(match, self.site):
                    continue
                made = self._route(route, match, metadata)
                if made is not None:
                    yield made
                    if is_catch_all(made.match):
                        return

    def _route(self, route: HTTPRoute, match: HTTPMatchRequest | None, metadata: Metadata) -> Route | None:
        """One route; None where its conditions cannot be put to Envoy, so that it can never be chosen."""
        try:
            out = Route(match=route_match(match, self.semantics), metadata=metadata)
        except Unmatchable:
            return None
        out.name = route.name
        if match is not None:
            out.name = f"{route.name}.{match.name}" if match.name else route.name
            out.stat_prefix = match.stat_prefix
        self._set_action(out, route)
        out.decorator.operation = operation(out.match, out.route.cluster, f"{self.key.name}:{self.site.port}")
        _set_filters(out, route)
        if self.site.http3:
            _advertise_http3(out, self.site.port)
        return out

    def _set_action(self, out: Route, route: HTTPRoute) -> None:
        if route.redirect is not None:
            header_changes(route.headers).put_on(out)
            redirect = redirect_action(route.redirect, self.site, self.semantics, out.match.path_separated_prefix)
            if redirect is not None:
                out.redirect.CopyFrom(redirect)
            else:
                out.direct_response.status = 500
        elif route.direct_response is not None:
            header_changes(route.headers).put_on(out)
            out.direct_response.CopyFrom(direct_response(route.direct_response))
        else:
            forward(out, route, self.targets, self.semantics, self.retries)


def _set_filters(out: Route, route: HTTPRoute) -> None:
    fault = http_fault(route.fault) if route.fault is not None else None
    if fault is not None:
        packed = Any()
        packed.Pack(fault, deterministic=True)
        out.typed_per_filter_config[FAULT_FILTER].CopyFrom(packed)
    if route.cors_policy is not None:
        packed = Any()
        packed.Pack(cors_policy(route.cors_policy), deterministic=True)
        out.typed_per_filter_config[CORS_FILTER].CopyFrom(packed)


def _advertise_http3(out: Route, port: int) -> None:
    header = HeaderValue(key="alt-svc", value=f'h3=":{port}"; ma=86400')
    out.response_headers_to_add.append(
        HeaderValueOption(header=header, append_action=HeaderValueOption.APPEND_IF_EXISTS_OR_ADD)
    )
