"""Timeouts, retries and sessions of the Gateway API. Pure. Source: the CEL rules of the Gateway API's CRDs."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.rules.gateway_api_names import check_duration, milliseconds
from schemas.types.gateway_api_session import HTTPRouteRetry, HTTPRouteTimeouts, SessionPersistence


def check_timeouts(timeouts: HTTPRouteTimeouts | None, path: str) -> Iterator[Fault]:
    """One try of a request takes no longer than the whole request may; `0s` is forever."""
    if timeouts is None:
        return
    yield from check_duration(timeouts.request, f"{path}.request")
    yield from check_duration(timeouts.backend_request, f"{path}.backendRequest")
    whole = milliseconds(timeouts.request or "")
    one = milliseconds(timeouts.backend_request or "")
    if whole and one is not None and one > whole:
        yield invalid(f"{path}.backendRequest", "the timeout of one try is longer than that of the whole request")


def check_retry(retry: HTTPRouteRetry | None, path: str) -> Iterator[Fault]:
    """The time between tries is a duration."""
    if retry is not None:
        yield from check_duration(retry.backoff, f"{path}.backoff")


def check_session(session: SessionPersistence | None, path: str) -> Iterator[Fault]:
    """Only a cookie has a lifetime; a permanent one ends at some time."""
    if session is None:
        return
    yield from check_duration(session.absolute_timeout, f"{path}.absoluteTimeout")
    yield from check_duration(session.idle_timeout, f"{path}.idleTimeout")
    cookie = session.cookie_config
    if cookie is not None and session.type != "Cookie":
        yield invalid(f"{path}.cookieConfig", "`cookieConfig` needs the type Cookie")
    if cookie is not None and cookie.lifetime_type == "Permanent" and session.absolute_timeout is None:
        yield invalid(f"{path}.absoluteTimeout", "a permanent cookie needs `absoluteTimeout`")
