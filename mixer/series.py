"""What is counted for one label set. Pure state; an update is a few additions.

The counters of a label set live together, because every request touches all of them.
"""

from bisect import bisect_left
from collections.abc import Sequence

DURATION_BUCKETS = (1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)
"""Upper bounds in milliseconds: those of Mixer's request duration, and one for what is faster than all of them."""

SIZE_BUCKETS = (100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
"""Upper bounds in bytes: those of Mixer's sizes that tell requests apart. Each bound is a line for each label set."""


class Histogram:
    """Counts by upper bound, and the sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Counts a value in the first bucket whose bound is not below it."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def cumulative(self) -> list[tuple[str, float]]:
        """Bounds as Prometheus writes them, each with how many values are not above it."""
        seen, found = 0, []
        for bound, count in zip((*map(float, self.bounds), float("inf")), self.counts, strict=True):
            seen += count
            found.append(("+Inf" if bound == float("inf") else str(bound), float(seen)))
        return found


class Series:
    """What every label set has: when it was last counted, and whether it still has its place."""

    __slots__ = ("last", "live")

    def __init__(self) -> None:
        self.last = 0.0
        self.live = True


class HttpSeries(Series):
    """Requests of one label set."""

    __slots__ = ("count", "duration", "request_size", "response_size")

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.duration = Histogram(DURATION_BUCKETS)
        self.request_size = Histogram(SIZE_BUCKETS)
        self.response_size = Histogram(SIZE_BUCKETS)

    def observe(self, milliseconds: float, request_bytes: int, response_bytes: int) -> None:
        """Counts a request."""
        self.count += 1
        self.duration.observe(milliseconds)
        self.request_size.observe(request_bytes)
        self.response_size.observe(response_bytes)


class TcpSeries(Series):
    """Connections of one label set."""

    __slots__ = ("closed", "opened", "received", "sent")

    def __init__(self) -> None:
        super().__init__()
        self.opened = self.closed = self.received = self.sent = 0
