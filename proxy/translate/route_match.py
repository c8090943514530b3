"""The conditions of a route: HTTPMatchRequest to RouteMatch. Pure.

Conditions on the client (sourceLabels, sourceNamespace, gateways) and on the port are decided here, once for a site,
and are not sent. Source: istio pilot/pkg/networking/core/route/route.go (TranslateRouteMatch, sourceMatchHTTP).
"""

from __future__ import annotations

from envoy.config.route.v3.route_components_pb2 import HeaderMatcher, QueryParameterMatcher, RouteMatch
from envoy.type.matcher.v3.string_pb2 import StringMatcher
from google.protobuf.wrappers_pb2 import BoolValue

from proxy.registry.route_semantics import Semantics
from proxy.translate.route_claims import claims_matcher, is_claim
from proxy.translate.route_header_text import is_header_name
from proxy.translate.route_regex import regex_matcher
from proxy.translate.route_site import RouteSite
from schemas.types.http_match import HTTPMatchRequest
from schemas.types.string_match import StringMatch

_MOST_QUERY_NAME = 1024


class Unmatchable(Exception):
    """The conditions cannot be put into words that Envoy takes; the route must be left out."""


def holds_here(match: HTTPMatchRequest, site: RouteSite) -> bool:
    """Whether the conditions on port, gateways and client hold at a site. Named gateways make labels not count."""
    if match.port and match.port != site.port:
        return False
    if match.gateways:
        return site.gateway in match.gateways
    labels = dict(site.source.labels)
    if any(labels.get(name) != value for name, value in match.source_labels.items()):
        return False
    return not match.source_namespace or match.source_namespace == site.source.namespace


def route_match(match: HTTPMatchRequest | None, semantics: Semantics) -> RouteMatch:
    """The conditions on requests; a match of everything where there are none. Raises `Unmatchable`."""
    if match is None:
        return RouteMatch(prefix="/")
    out = RouteMatch(case_sensitive=BoolValue(value=not match.ignore_uri_case))
    _set_path(out, match.uri, semantics)
    headers = [_header(name, value) for name, value in match.headers.items() if not is_claim(name)]
    headers += [_without(name, value) for name, value in match.without_headers.items() if not is_claim(name)]
    headers.sort(key=lambda header: header.name)
    for name, value in ((":method", match.method), (":authority", match.authority), (":scheme", match.scheme)):
        if value is not None:
            headers.append(_header(name, value))
    out.headers.extend(headers)
    out.query_parameters.extend(_parameter(name, value) for name, value in sorted(match.query_params.items()))
    _set_claims(out, match)
    return out


def is_catch_all(match: RouteMatch) -> bool:
    """Whether a route takes every request, so that none after it matters."""
    if match.headers or match.query_parameters or match.dynamic_metadata:
        return False
    return bool(match.prefix == "/" or match.safe_regex.regex == ".*")


def string_matcher(value: StringMatch) -> StringMatcher | None:
    """The matcher of a string; None where any value will do. Raises `Unmatchable`."""
    if value.exact is not None:
        return StringMatcher(exact=value.exact)
    if value.prefix:
        return StringMatcher(prefix=value.prefix)
    if value.regex is None or value.regex == "*":
        return None
    regex = regex_matcher(value.regex)
    if regex is None:
        raise Unmatchable(value.regex)
    return StringMatcher(safe_regex=regex)


def _set_path(out: RouteMatch, uri: StringMatch | None, semantics: Semantics) -> None:
    if uri is None:
        out.prefix = "/"
    elif uri.exact is not None:
        out.path = uri.exact
    elif uri.prefix is not None:
        _set_prefix(out, uri.prefix, semantics)
    elif uri.regex is not None:
        regex = regex_matcher(uri.regex)
        if regex is None:
            raise Unmatchable(uri.regex)
        out.safe_regex.CopyFrom(regex)
    else:
        out.prefix = "/"


def _set_prefix(out: RouteMatch, prefix: str, semantics: Semantics) -> None:
    path = prefix.rstrip("/")
    if semantics is not Semantics.ISTIO and path and not any(sign in path for sign in "?#"):
        out.path_separated_prefix = path
    else:
        out.prefix = prefix or "/"


def _header(name: str, value: StringMatch) -> HeaderMatcher:
    if not is_header_name(name):
        raise Unmatchable(name)
    wanted = string_matcher(value)
    if wanted is None:
        return HeaderMatcher(name=name, present_match=True)
    return HeaderMatcher(name=name, string_match=wanted)


def _without(name: str, value: StringMatch) -> HeaderMatcher:
    """A header that must not match; one that is missing counts as empty, unless only its presence is asked about."""
    out = _header(name, value)
    out.invert_match = True
    if not out.present_match:
        out.treat_missing_header_as_empty = True
    return out


def _parameter(name: str, value: StringMatch) -> QueryParameterMatcher:
    if not 0 < len(name) <= _MOST_QUERY_NAME:
        raise Unmatchable(name)
    wanted = string_matcher(value)
    if wanted is None:
        return QueryParameterMatcher(name=name, present_match=True)
    return QueryParameterMatcher(name=name, string_match=wanted)


def _set_claims(out: RouteMatch, match: HTTPMatchRequest) -> None:
    for conditions, invert in ((match.headers, False), (match.without_headers, True)):
        for name, value in sorted(conditions.items()):
            if is_claim(name):
                matcher = claims_matcher(name, string_matcher(value))
                matcher.invert = invert
                out.dynamic_metadata.append(matcher)
