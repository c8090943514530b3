"""Filters of HTTPRoutes as what VirtualServices have for them. Pure.

Source: istio pilot/pkg/config/kube/gateway/conversion.go (createHeadersFilter, createRedirectFilter,
createRewriteFilter, createCorsFilter).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from schemas.rules.gateway_api_names import milliseconds
from schemas.types.cors import CorsPolicy
from schemas.types.gateway_api_filter import (
    HTTPCORSFilter,
    HTTPHeaderFilter,
    HTTPPathModifier,
    HTTPRequestRedirectFilter,
    HTTPRouteFilter,
    HTTPURLRewriteFilter,
)
from schemas.types.gateway_api_session import HTTPRouteRetry
from schemas.types.headers import HeaderOperations, Headers
from schemas.types.http_action import HTTPRedirect, HTTPRewrite, RegexRewrite
from schemas.types.http_retry import HTTPRetry
from schemas.types.string_match import StringMatch

HEADER_FILTERS: Final = frozenset({"RequestHeaderModifier", "ResponseHeaderModifier"})
SERVED_FILTERS: Final = HEADER_FILTERS | {"RequestRedirect", "URLRewrite", "RequestMirror", "CORS"}
"""What is translated; a rule with any other filter answers 500, for a filter must never be left out in silence."""
_ATTEMPTS: Final = 2


def headers_of(filters: Sequence[HTTPRouteFilter]) -> Headers | None:
    """The changes of headers that filters ask for, None where they ask for none."""
    request = next((item.request_header_modifier for item in filters if item.request_header_modifier), None)
    response = next((item.response_header_modifier for item in filters if item.response_header_modifier), None)
    if request is None and response is None:
        return None
    return Headers(request=_operations(request), response=_operations(response))


def redirect_of(redirect: HTTPRequestRedirectFilter, prefix: str) -> HTTPRedirect:
    """A redirect of requests that match the prefix of a path.

    Without a port it is the scheme's own where that is named, else the request's.
    """
    port: dict[str, Any] = {"port": redirect.port}
    if redirect.port is None:
        port = {"derive_port": "FROM_PROTOCOL_DEFAULT" if redirect.scheme else "FROM_REQUEST_PORT"}
    return HTTPRedirect(
        scheme=redirect.scheme or "",
        authority=redirect.hostname or "",
        uri=_redirect_path(redirect.path, prefix) if redirect.path is not None else "",
        redirect_code=redirect.status_code,
        **port,
    )


def rewrite_of(rewrite: HTTPURLRewriteFilter, prefix: str) -> HTTPRewrite:
    """A rewrite of requests that match the prefix of a path."""
    authority = rewrite.hostname or ""
    path = rewrite.path
    if path is None:
        return HTTPRewrite(authority=authority)
    if path.type == "ReplaceFullPath":
        full = (path.replace_full_path or "/").replace("\\", "\\\\")
        return HTTPRewrite(authority=authority, uri_regex_rewrite=RegexRewrite(match="/.*", rewrite=full))
    return HTTPRewrite(authority=authority, uri=_replaced(path, prefix) or "/")


def cors_of(cors: HTTPCORSFilter) -> CorsPolicy:
    """A policy for other origins."""
    return CorsPolicy(
        allow_origins=tuple(map(_origin, cors.allow_origins)),
        allow_methods=cors.allow_methods,
        allow_headers=cors.allow_headers,
        expose_headers=cors.expose_headers,
        max_age=timedelta(seconds=cors.max_age),
        allow_credentials=cors.allow_credentials,
        unmatched_preflights="IGNORE",
    )


def duration_of(text: str | None) -> timedelta | None:
    """A duration, None where there is none, or where it is `0s`: forever."""
    found = milliseconds(text) if text is not None else None
    return timedelta(milliseconds=found) if found else None


def retry_of(retry: HTTPRouteRetry | None, per_try: timedelta | None) -> HTTPRetry | None:
    """When and how often is tried again, None where the mesh's own policy counts."""
    if retry is None:
        return HTTPRetry(attempts=_ATTEMPTS, per_try_timeout=per_try) if per_try is not None else None
    return HTTPRetry(
        attempts=retry.attempts if retry.attempts is not None else _ATTEMPTS,
        retry_on=",".join(map(str, retry.codes)),
        backoff=duration_of(retry.backoff),
        per_try_timeout=per_try,
    )


def _operations(filter_: HTTPHeaderFilter | None) -> HeaderOperations | None:
    if filter_ is None:
        return None
    return HeaderOperations(
        set={item.name: _escaped(item.value) for item in filter_.set},
        add={item.name: _escaped(item.value) for item in filter_.add},
        remove=filter_.remove,
    )


def _escaped(value: str) -> str:
    """A value as Envoy takes it for itself: `%` begins a command there, and means nothing here."""
    return value.replace("%", "%%")


def _redirect_path(path: HTTPPathModifier, prefix: str) -> str:
    if path.type == "ReplaceFullPath":
        return path.replace_full_path or "/"
    return f"%PREFIX()%{_replaced(path, prefix)}"


def _replaced(path: HTTPPathModifier, prefix: str) -> str:
    """What stands in place of the prefix; where that is `/`, the slash after it is part of it."""
    replaced = (path.replace_prefix_match or "").rstrip("/")
    return replaced if prefix.rstrip("/") else f"{replaced}/"


def _origin(text: str) -> StringMatch:
    if "*" not in text:
        return StringMatch(exact=text)
    return StringMatch(regex=".*".join(map(re.escape, text.split("*"))))
