"""Rules of retries. Pure. Source: Istio's `validateHTTPRetry`; the conditions are Envoy's.

https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#x-envoy-retry-on
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from schemas.fault import Fault, invalid
from schemas.suggest import did_you_mean
from schemas.types.http_retry import HTTPRetry

CONDITIONS = (
    "5xx",
    "gateway-error",
    "reset",
    "reset-before-request",
    "connect-failure",
    "retriable-4xx",
    "refused-stream",
    "retriable-status-codes",
    "retriable-headers",
    "envoy-ratelimited",
    "http3-post-connect-failure",
    "cancelled",
    "deadline-exceeded",
    "internal",
    "resource-exhausted",
    "unavailable",
)
"""What Envoy can retry on, besides HTTP status codes."""

_CODES = frozenset(str(status.value) for status in HTTPStatus)


def check_retry(retry: HTTPRetry | None, path: str) -> Iterator[Fault]:
    """Attempts are not negative, and with none nothing else is set; each condition is one that Envoy knows."""
    if retry is None:
        return
    if retry.attempts < 0:
        yield invalid(f"{path}.attempts", f"must not be negative, got {retry.attempts}")
    settings = retry.per_try_timeout is not None or retry.retry_on or retry.retry_remote_localities is not None
    if retry.attempts == 0 and settings:
        yield invalid(
            f"{path}.attempts", "`attempts: 0` turns retries off: the other settings have no effect", "set attempts"
        )
    for condition in retry.retry_on.split(",") if retry.retry_on else ():
        if condition not in CONDITIONS and condition not in _CODES:
            hint = "remove the spaces" if condition.strip() in CONDITIONS else did_you_mean(condition, CONDITIONS)
            yield invalid(f"{path}.retryOn", f"`{condition[:60]}` is not a condition of retries", hint)
