"""How many records a second are taken. Pure state; time is an argument in seconds.

Records that have arrived are counted in any case; whoever brings more than the rate allows is told how long to wait
before it reads on. While it does not read, flow control stops the proxy, which drops records rather than requests.
"""

RATE = 20_000.0
BURST_SECONDS = 1.0


class Throttle:
    """A bucket that fills at `rate` records a second, up to what `burst` seconds bring, and may be overdrawn."""

    def __init__(self, rate: float = RATE, burst: float = BURST_SECONDS) -> None:
        self._rate = rate
        self._most = rate * burst
        self._level = self._most
        self._at: float | None = None

    def take(self, records: int, now: float) -> float:
        """Takes records out, and gives the seconds until there are none owed."""
        passed = max(0.0, now - self._at) if self._at is not None else 0.0
        self._at = now
        self._level = min(self._most, self._level + passed * self._rate) - records
        return max(0.0, -self._level / self._rate)
