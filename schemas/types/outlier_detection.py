"""`OutlierDetection`: when an endpoint that fails is left out. Pure."""

from __future__ import annotations

from schemas.types.duration import Duration
from schemas.types.integers import Int32, UInt32
from schemas.types.message import Message


class OutlierDetection(Message):
    """Counts of failures that eject an endpoint, for how long, and how many at most."""

    consecutive_errors: Int32 = 0
    split_external_local_origin_errors: bool = False
    consecutive_local_origin_failures: UInt32 | None = None
    consecutive_gateway_errors: UInt32 | None = None
    consecutive_5xx_errors: UInt32 | None = None
    interval: Duration | None = None
    base_ejection_time: Duration | None = None
    max_ejection_percent: Int32 = 0
    min_health_percent: Int32 = 0
