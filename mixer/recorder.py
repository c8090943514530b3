"""One log stream: from its messages to counts. Pure state; time is an argument.

Requests that are alike are resolved once: the series of a `Traffic` is kept as long as the index is the same and the
series has its place.
"""

from typing import Any

from mixer.attributes import Traffic, of_http, of_tcp
from mixer.connections import Connections
from mixer.index import Index
from mixer.reporter import NO_REPORTER, reporter_of
from mixer.resolve import resolve
from mixer.series import HttpSeries, TcpSeries
from mixer.telemetry import Telemetry

KEPT = 2_048
"""Series that a stream remembers, of each kind; beyond that it begins anew."""


class Recorder:
    """Counts what one proxy's stream reports."""

    def __init__(self, index: Index, telemetry: Telemetry, connections: Connections) -> None:
        self._index = index
        self._telemetry = telemetry
        self._connections = connections
        self._version = index.version
        self._http: dict[Traffic, HttpSeries] = {}
        self._tcp: dict[Traffic, TcpSeries] = {}
        self.reporter = NO_REPORTER

    def identify(self, identifier: Any) -> None:  # noqa: ANN401  a generated message
        """Takes the `Identifier` of a message: who reports."""
        self.reporter = reporter_of(identifier.node)
        self._forget()

    def http(self, entry: Any, now: float) -> None:  # noqa: ANN401  a generated message
        """Counts an `HTTPAccessLogEntry`."""
        report = of_http(entry)
        if report is None:
            self._telemetry.records["repeated"] += 1
            return
        self._telemetry.records["http"] += 1
        series = self._http.get(report.traffic)
        if series is None or not series.live or self._version != self._index.version:
            series = self._http_series(report.traffic, now)
        series.last = now
        series.observe(report.response_duration, report.request_total_size, report.response_total_size)

    def tcp(self, entry: Any, now: float) -> None:  # noqa: ANN401  a generated message
        """Counts a `TCPAccessLogEntry`."""
        report = of_tcp(entry)
        progress = self._connections.advance(report)
        if progress is None:
            self._telemetry.records["repeated"] += 1
            return
        self._telemetry.records["tcp"] += 1
        series = self._tcp.get(report.traffic)
        if series is None or not series.live or self._version != self._index.version:
            series = self._tcp_series(report.traffic, now)
        series.last = now
        series.opened += progress.opened
        series.closed += progress.closed
        series.received += progress.received
        series.sent += progress.sent

    def _http_series(self, traffic: Traffic, now: float) -> HttpSeries:
        self._refresh()
        series = self._telemetry.http.series(resolve(traffic, self.reporter, self._index), now)
        self._http[traffic] = series
        return series

    def _tcp_series(self, traffic: Traffic, now: float) -> TcpSeries:
        self._refresh()
        series = self._telemetry.tcp.series(resolve(traffic, self.reporter, self._index), now)
        self._tcp[traffic] = series
        return series

    def _refresh(self) -> None:
        if self._version != self._index.version or max(len(self._http), len(self._tcp)) >= KEPT:
            self._forget()

    def _forget(self) -> None:
        self._version = self._index.version
        self._http.clear()
        self._tcp.clear()
