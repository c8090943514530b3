"""Rules of HTTPRoutes as routes of VirtualServices: one for each match. Pure rules.

What cannot be served as it is written answers 500: an unknown filter, a rule without backends, the share of a backend
that is not there or may not be referred to.
Source: istio pilot/pkg/config/kube/gateway/conversion.go (convertHTTPRoute, buildHTTPDestination, buildDestination).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from pipeline.stages.reference_grants import Reference, is_granted
from proxy.naming import resolve_host
from proxy.registry.gateway_api import HTTP_ROUTE
from proxy.registry.gateway_api_filters import (
    HEADER_FILTERS,
    SERVED_FILTERS,
    cors_of,
    duration_of,
    headers_of,
    redirect_of,
    retry_of,
    rewrite_of,
)
from proxy.typed import typed_as
from schemas.gateway_api_kinds import GROUP
from schemas.kinds.gateway_api_http_route import HTTPBackendRef, HTTPRouteMatch, HTTPRouteRule
from schemas.kinds.gateway_api_http_route import HTTPRoute as ApiRoute
from schemas.kinds.virtual_service import HTTPRoute, HTTPRouteDestination
from schemas.types.destination import Destination, PortSelector
from schemas.types.gateway_api_filter import HTTPRequestMirrorFilter
from schemas.types.gateway_api_reference import BackendObjectReference
from schemas.types.http_action import HTTPDirectResponse, HTTPMirrorPolicy
from schemas.types.http_match import HTTPMatchRequest
from schemas.types.percent import Percent
from schemas.types.string_match import StringMatch

_FAILED: Final = HTTPDirectResponse(status=500)
_NOWHERE: Final = "not-permitted~"
"""The host of a backend that must not be reached; no service can have such a name."""
_HOSTNAME: Final = ("networking.istio.io", "Hostname")
_EXACT, _PREFIX, _REGEX, _ALL = range(4)


class RankedRoute(NamedTuple):
    """A route and what sorts it: kind of path, its length, a method, how many headers and parameters."""

    rank: tuple[int, int, bool, int, int]
    route: HTTPRoute


def ranked_routes(view: View, key: Key) -> tuple[RankedRoute, ...]:
    """The routes of an HTTPRoute, in the order in which they are written (a rule)."""
    spec = typed_as(view, key, ApiRoute)
    if spec is None:
        return ()
    return tuple(item for rule in spec.rules for item in _of_rule(view, key.namespace, rule))


def _of_rule(view: View, namespace: str, rule: HTTPRouteRule) -> Iterator[RankedRoute]:
    action = _action(view, namespace, rule)
    rewrite = next((item.url_rewrite for item in rule.filters if item.url_rewrite is not None), None)
    redirect = next((item.request_redirect for item in rule.filters if item.request_redirect is not None), None)
    for match in rule.matches or (HTTPRouteMatch(),):
        changes: dict[str, Any] = {"match": (_match(match),)}
        prefix = match.path.value if match.path is not None else "/"
        if rewrite is not None and action.direct_response is None:
            changes["rewrite"] = rewrite_of(rewrite, prefix)
        if redirect is not None and action.direct_response is None:
            changes["redirect"] = redirect_of(redirect, prefix)
        yield RankedRoute(_rank(match), action.model_copy(update=changes))


def _rank(match: HTTPRouteMatch) -> tuple[int, int, bool, int, int]:
    """An exact path first, then the longest prefix, then expressions, then what takes every path; then the rest."""
    path = match.path
    value = path.value if path is not None else "/"
    if path is not None and path.type == "Exact":
        kind = _EXACT
    elif path is not None and path.type == "RegularExpression":
        kind = _REGEX
    else:
        value = value.rstrip("/")
        kind = _PREFIX if value else _ALL
    return (kind, -len(value), match.method is None, -len(match.headers), -len(match.query_params))


def _match(match: HTTPRouteMatch) -> HTTPMatchRequest:
    headers: dict[str, StringMatch] = {}
    for header in match.headers:
        headers.setdefault(header.name.lower(), _string(header.type, header.value))
    path = match.path
    uri = StringMatch(prefix="/")
    if path is not None:
        uri = StringMatch(prefix=path.value) if path.type == "PathPrefix" else _string(path.type, path.value)
    return HTTPMatchRequest(
        uri=uri,
        method=StringMatch(exact=match.method) if match.method is not None else None,
        headers=headers,
        query_params={item.name: _string(item.type, item.value) for item in match.query_params},
    )


def _string(type_: str, value: str) -> StringMatch:
    return StringMatch(regex=value) if type_ == "RegularExpression" else StringMatch(exact=value)


def _action(view: View, namespace: str, rule: HTTPRouteRule) -> HTTPRoute:
    """What all matches of a rule do, but for a redirect, which depends on the match."""
    if not {item.type for item in rule.filters} <= SERVED_FILTERS:
        return HTTPRoute(direct_response=_FAILED)
    common: dict[str, Any] = {"name": rule.name or "", "headers": headers_of(rule.filters)}
    cors = next((item.cors for item in rule.filters if item.cors is not None), None)
    if cors is not None:
        common["cors_policy"] = cors_of(cors)
    if any(item.request_redirect is not None for item in rule.filters):
        return HTTPRoute(**common)
    if not any(backend.weight for backend in rule.backend_refs):
        return HTTPRoute(direct_response=_FAILED, **common)
    mirrors = [item.request_mirror for item in rule.filters if item.request_mirror is not None]
    timeouts = rule.timeouts
    return HTTPRoute(
        route=_destinations(view, namespace, rule.backend_refs),
        mirrors=tuple(_mirror(view, namespace, mirror) for mirror in mirrors),
        timeout=duration_of(timeouts.request) if timeouts is not None else None,
        retries=retry_of(rule.retry, duration_of(timeouts.backend_request) if timeouts is not None else None),
        **common,
    )


def _destinations(view: View, namespace: str, backends: Sequence[HTTPBackendRef]) -> tuple[HTTPRouteDestination, ...]:
    found: list[HTTPRouteDestination] = []
    for backend in backends:
        if {item.type for item in backend.filters} <= HEADER_FILTERS:
            destination = _destination(view, namespace, backend)
        else:
            destination = Destination(host=_NOWHERE)
        found.append(
            HTTPRouteDestination(destination=destination, weight=backend.weight, headers=headers_of(backend.filters))
        )
    return tuple(found)


def _mirror(view: View, namespace: str, mirror: HTTPRequestMirrorFilter) -> HTTPMirrorPolicy:
    destination = _destination(view, namespace, mirror.backend_ref)
    if mirror.percent is not None:
        return HTTPMirrorPolicy(destination=destination, percentage=Percent(value=float(mirror.percent)))
    if mirror.fraction is not None:
        share = 100 * mirror.fraction.numerator / mirror.fraction.denominator
        return HTTPMirrorPolicy(destination=destination, percentage=Percent(value=share))
    return HTTPMirrorPolicy(destination=destination)


def _destination(view: View, own: str, backend: BackendObjectReference) -> Destination:
    """The service of a backend: a Service, or by Istio's `Hostname` any service of the mesh."""
    port = PortSelector(number=backend.port) if backend.port is not None else None
    if backend_refusal(view, own, backend):
        return Destination(host=_NOWHERE, port=port)
    if backend.kind == _HOSTNAME[1]:
        return Destination(host=backend.name.lower(), port=port)
    return Destination(host=resolve_host(backend.name, backend.namespace or own), port=port)


def backend_refusal(view: View, own: str, backend: BackendObjectReference) -> str:
    """Why routes of a namespace may not lead to a backend: the Gateway API's reason, empty where they may."""
    namespace = backend.namespace or own
    wanted = Reference(GROUP, HTTP_ROUTE, own, backend.group, backend.kind, namespace, backend.name)
    if not view.derive(is_granted, wanted):
        return "RefNotPermitted"
    return "" if (backend.group, backend.kind) in {("", "Service"), _HOSTNAME} else "InvalidKind"


def is_served_rule(rule: HTTPRouteRule) -> bool:
    """Whether all filters of a rule and of its backends are served; else it, or a share of it, answers 500."""
    own = {item.type for item in rule.filters} <= SERVED_FILTERS
    return own and all({item.type for item in backend.filters} <= HEADER_FILTERS for backend in rule.backend_refs)
