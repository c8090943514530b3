"""Cross-origin requests: CorsPolicy to the CORS filter's configuration of one route. Pure.

Source: istio pilot/pkg/networking/core/route/route.go (TranslateCORSPolicy).
"""

from __future__ import annotations

from datetime import timedelta

from envoy.extensions.filters.http.cors.v3.cors_pb2 import CorsPolicy as EnvoyCorsPolicy
from envoy.type.matcher.v3.string_pb2 import StringMatcher
from google.protobuf.wrappers_pb2 import BoolValue

from proxy.translate.route_match import Unmatchable, string_matcher
from proxy.translate.route_percent import always
from schemas.types.cors import CorsPolicy
from schemas.types.string_match import StringMatch

CORS_FILTER = "envoy.filters.http.cors"


def cors_policy(cors: CorsPolicy) -> EnvoyCorsPolicy:
    """The policy. An origin that cannot be matched is left out: it is not allowed."""
    out = EnvoyCorsPolicy(
        allow_origin_string_match=_origins(cors),
        allow_methods=",".join(cors.allow_methods),
        allow_headers=",".join(cors.allow_headers),
        expose_headers=",".join(cors.expose_headers),
        filter_enabled=always(),
        forward_not_matching_preflights=BoolValue(value=cors.unmatched_preflights != "IGNORE"),
    )
    if cors.max_age is not None:
        out.max_age = str(cors.max_age // timedelta(seconds=1))
    if cors.allow_credentials is not None:
        out.allow_credentials.value = cors.allow_credentials
    return out


def _origins(cors: CorsPolicy) -> list[StringMatcher]:
    wanted = cors.allow_origins or tuple(StringMatch(exact=origin) for origin in cors.allow_origin)
    return [matcher for matcher in map(_origin, wanted) if matcher is not None]


def _origin(value: StringMatch) -> StringMatcher | None:
    try:
        return string_matcher(value)
    except Unmatchable:
        return None
