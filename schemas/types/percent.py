"""`Percent`: a share between 0 and 100. Pure."""

from __future__ import annotations

from schemas.types.message import Message


class Percent(Message):
    """A percentage, 0.0 to 100.0; the range is a rule of the field that uses it."""

    value: float = 0.0
