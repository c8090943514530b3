"""Consistent hashing: which part of a request is hashed. Pure.

Source: istio pilot/pkg/networking/core/route/route.go (consistentHashToHashPolicy).
"""

from __future__ import annotations

from envoy.config.route.v3.route_components_pb2 import RouteAction

from proxy.translate.route_duration import duration, none_negative
from proxy.translate.route_header_text import is_header_name
from schemas.types.load_balancer import ConsistentHashLB, HTTPCookie

_Policy = RouteAction.HashPolicy


def hash_policy(consistent: ConsistentHashLB) -> RouteAction.HashPolicy | None:
    """The policy; None where nothing is named that could be hashed."""
    if consistent.http_header_name:
        if not is_header_name(consistent.http_header_name):
            return None
        return _Policy(header=_Policy.Header(header_name=consistent.http_header_name))
    if consistent.http_cookie is not None:
        return _cookie(consistent.http_cookie)
    if consistent.use_source_ip is not None:
        return _Policy(connection_properties=_Policy.ConnectionProperties(source_ip=consistent.use_source_ip))
    if consistent.http_query_parameter_name:
        return _Policy(query_parameter=_Policy.QueryParameter(name=consistent.http_query_parameter_name))
    return None


def _cookie(cookie: HTTPCookie) -> RouteAction.HashPolicy | None:
    if not cookie.name:
        return None
    out = _Policy.Cookie(name=cookie.name, path=cookie.path)
    if cookie.ttl is not None:
        out.ttl.CopyFrom(duration(none_negative(cookie.ttl)))
    for attribute in cookie.attributes:
        if is_header_name(attribute.name):
            out.attributes.add(name=attribute.name, value=attribute.value)
    return _Policy(cookie=out)
