"""Rules of injected faults. Pure. Source: Istio's `validateHTTPFaultInjection`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid, warned
from schemas.rules.destination import check_percent
from schemas.rules.http_action import status_problem
from schemas.suggest import did_you_mean
from schemas.types.http_fault import GRPC_STATUSES, Abort, Delay, HTTPFaultInjection

_ALL = 100


def check_fault(fault: HTTPFaultInjection | None, path: str) -> Iterator[Fault]:
    """A delay, an abort, or both, with percentages and codes in range."""
    if fault is None:
        return
    if fault.delay is None and fault.abort is None:
        yield invalid(path, "a fault needs at least one of delay and abort")
    if fault.delay is not None:
        yield from _check_delay(fault.delay, f"{path}.delay")
    if fault.abort is not None:
        yield from _check_abort(fault.abort, f"{path}.abort")


def _check_delay(delay: Delay, path: str) -> Iterator[Fault]:
    yield from check_percent(delay.percentage, f"{path}.percentage")
    if not 0 <= delay.percent <= _ALL:
        yield invalid(f"{path}.percent", f"a percentage is between 0 and 100, got {delay.percent}")
    if delay.exponential_delay is not None:
        yield invalid(f"{path}.exponentialDelay", "exponentialDelay does not work yet", "use `fixedDelay`")
    elif delay.fixed_delay is None:
        yield invalid(f"{path}.fixedDelay", "a delay needs its length", "add `fixedDelay: 5s`")


def _check_abort(abort: Abort, path: str) -> Iterator[Fault]:
    yield from check_percent(abort.percentage, f"{path}.percentage")
    if abort.http_status is not None:
        if problem := status_problem(abort.http_status):
            yield invalid(f"{path}.httpStatus", problem)
    elif abort.grpc_status is not None:
        if abort.grpc_status not in GRPC_STATUSES:
            hint = did_you_mean(abort.grpc_status, GRPC_STATUSES) or "known: " + ", ".join(GRPC_STATUSES)
            yield invalid(f"{path}.grpcStatus", f"`{abort.grpc_status[:60]}` is not a status of gRPC", hint)
    elif abort.http2_error is not None:
        yield invalid(f"{path}.http2Error", "errors of HTTP/2 do not work yet", "use `httpStatus`")
    else:
        yield warned(path, "the abort names no error", "add `httpStatus` or `grpcStatus`")
