"""Shares of the traffic: Percent to Envoy's fractions. Pure.

Parts of a million, cut off.
Source: istio pilot/pkg/networking/core/route/route.go (translatePercentToFractionalPercent).
"""

from __future__ import annotations

from envoy.config.core.v3.base_pb2 import RuntimeFractionalPercent
from envoy.type.v3.percent_pb2 import FractionalPercent

_WHOLE = 100
_MILLIONTHS_A_PERCENT = 10_000


def whole_percent(value: int) -> FractionalPercent:
    """A share in whole percent; what is out of range is brought into it."""
    return FractionalPercent(numerator=min(max(value, 0), _WHOLE), denominator=FractionalPercent.HUNDRED)


def fine_percent(value: float) -> FractionalPercent:
    """A share in percent, to the ten-thousandth; what is out of range, or no number, is brought into it."""
    share = min(max(value, 0.0), float(_WHOLE)) if value == value else 0.0  # noqa: PLR0124  a NaN differs from itself
    return FractionalPercent(numerator=int(share * _MILLIONTHS_A_PERCENT), denominator=FractionalPercent.MILLION)


def always() -> RuntimeFractionalPercent:
    """All of the traffic."""
    return RuntimeFractionalPercent(default_value=whole_percent(_WHOLE))
