"""Which connections are open, and how much of each has been counted. Pure state.

A proxy may log a connection when it is made, from time to time, and at its end, each time with the bytes since its
begin. What is counted is the difference to the last time. A connection without an id, or one that was forgotten because
too many are open, is counted at its end.
"""

from typing import NamedTuple

from envoy.data.accesslog.v3 import accesslog_pb2

from mixer.attributes import TcpReport

CAPACITY = 65_536

_DURING = frozenset({accesslog_pb2.TcpUpstreamConnected, accesslog_pb2.TcpPeriodic})


class Progress(NamedTuple):
    """What is new of a connection."""

    opened: int
    closed: int
    received: int
    sent: int


class Connections:
    """The open connections, the one that was logged last at the end; the first goes when there are too many."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._open: dict[str, tuple[int, int]] = {}

    def advance(self, report: TcpReport) -> Progress | None:
        """What the report adds to what was counted; None where it can only be counted later."""
        name, during = report.connection_id, report.event in _DURING
        if during and not name:
            return None
        before = self._open.pop(name, None)
        received, sent = before or (0, 0)
        if during:
            self._open[name] = (report.received_bytes_total, report.sent_bytes_total)
            if len(self._open) > self._capacity:
                del self._open[next(iter(self._open))]
        return Progress(
            opened=before is None,
            closed=not during,
            received=max(0, report.received_bytes_total - received),
            sent=max(0, report.sent_bytes_total - sent),
        )

    def __len__(self) -> int:
        return len(self._open)
