"""Faults on purpose: HTTPFaultInjection to the fault filter's configuration of one route. Pure.

Source: istio pilot/pkg/networking/core/route/route.go (TranslateFault).
"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from envoy.extensions.filters.common.fault.v3.fault_pb2 import FaultDelay
from envoy.extensions.filters.http.fault.v3.fault_pb2 import FaultAbort, HTTPFault

from proxy.translate.route_duration import duration
from proxy.translate.route_percent import fine_percent, whole_percent
from schemas.types.http_fault import GRPC_STATUSES, Abort, Delay, HTTPFaultInjection

FAULT_FILTER = "envoy.filters.http.fault"
_LAST_CODE = 600


def http_fault(fault: HTTPFaultInjection) -> HTTPFault | None:
    """The fault; None where nothing of it can be put in (an exponential delay, an HTTP/2 error)."""
    delay = _delay(fault.delay) if fault.delay is not None else None
    abort = _abort(fault.abort) if fault.abort is not None else None
    return HTTPFault(delay=delay, abort=abort) if delay is not None or abort is not None else None


def _delay(delay: Delay) -> FaultDelay | None:
    if delay.fixed_delay is None or delay.fixed_delay <= timedelta():
        return None
    share = fine_percent(delay.percentage.value) if delay.percentage is not None else whole_percent(delay.percent)
    return FaultDelay(fixed_delay=duration(delay.fixed_delay), percentage=share)


def _abort(abort: Abort) -> FaultAbort | None:
    share = fine_percent(abort.percentage.value) if abort.percentage is not None else None
    if abort.http_status is not None and HTTPStatus.OK <= abort.http_status < _LAST_CODE:
        return FaultAbort(http_status=abort.http_status, percentage=share)
    if abort.grpc_status is not None and abort.grpc_status in GRPC_STATUSES:
        return FaultAbort(grpc_status=GRPC_STATUSES.index(abort.grpc_status), percentage=share)
    return None
