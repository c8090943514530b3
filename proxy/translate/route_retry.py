"""Retries: HTTPRetry to RetryPolicy. Pure.

Source: istio pilot/pkg/networking/core/route/retry/retry.go (ConvertPolicy) and its defaults.
"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from envoy.config.route.v3.route_components_pb2 import RetryPolicy
from envoy.extensions.retry.host.previous_hosts.v3.previous_hosts_pb2 import PreviousHostsPredicate
from envoy.extensions.retry.priority.previous_priorities.v3.previous_priorities_config_pb2 import (
    PreviousPrioritiesConfig,
)
from google.protobuf.any_pb2 import Any
from google.protobuf.wrappers_pb2 import UInt32Value

from proxy.translate.route_duration import duration, none_negative
from schemas.types.http_retry import HTTPRetry

_RETRY_ON = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes"
_ATTEMPTS = 2
_HOST_ATTEMPTS = 5
_STATUS_CODES = "retriable-status-codes"
_SHORTEST_BACKOFF = timedelta(milliseconds=1)
_CODES = frozenset(status.value for status in HTTPStatus)


def _packed(message: PreviousHostsPredicate | PreviousPrioritiesConfig) -> Any:
    out = Any()
    out.Pack(message)
    return out


_PREVIOUS_HOSTS = RetryPolicy.RetryHostPredicate(
    name="envoy.retry_host_predicates.previous_hosts", typed_config=_packed(PreviousHostsPredicate())
)
_PREVIOUS_PRIORITIES = RetryPolicy.RetryPriority(
    name="envoy.retry_priorities.previous_priorities",
    typed_config=_packed(PreviousPrioritiesConfig(update_frequency=2)),
)


def retry_policy(retries: HTTPRetry | None, *, sticky: bool = False) -> RetryPolicy | None:
    """The policy; the default where none is asked for, None where retries are turned off.

    `sticky` says that requests are hashed to a host: then a retry may go to the same one.
    """
    out = RetryPolicy(
        retry_on=_RETRY_ON,
        num_retries=UInt32Value(value=_ATTEMPTS),
        host_selection_retry_max_attempts=_HOST_ATTEMPTS,
        retry_host_predicate=() if sticky else (_PREVIOUS_HOSTS,),
    )
    if retries is None:
        return out
    if retries.attempts <= 0:
        return None
    out.num_retries.value = retries.attempts
    _apply(out, retries)
    return out


def _apply(out: RetryPolicy, retries: HTTPRetry) -> None:
    if retries.retry_on:
        _set_conditions(out, retries.retry_on)
    if retries.per_try_timeout is not None:
        out.per_try_timeout.CopyFrom(duration(none_negative(retries.per_try_timeout)))
    if retries.retry_ignore_previous_hosts is not None:
        del out.retry_host_predicate[:]
        if retries.retry_ignore_previous_hosts:
            out.retry_host_predicate.append(_PREVIOUS_HOSTS)
    if retries.retry_remote_localities:
        out.retry_priority.CopyFrom(_PREVIOUS_PRIORITIES)
    if retries.backoff is not None:
        out.retry_back_off.base_interval.CopyFrom(duration(max(retries.backoff, _SHORTEST_BACKOFF)))


def _set_conditions(out: RetryPolicy, text: str) -> None:
    """Words stay words; numbers that are status codes become such, and the word that makes them count is added."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    codes = [int(part) for part in parts if part.isascii() and part.isdigit() and int(part) in _CODES]
    words = [part for part in parts if not (part.isascii() and part.isdigit() and int(part) in _CODES)]
    if codes and _STATUS_CODES not in words:
        words.append(_STATUS_CODES)
    out.retry_on = ",".join(words)
    out.retriable_status_codes.extend(codes)
