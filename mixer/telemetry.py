"""Istio's metrics of requests and connections, and Mixer's own, as a collector for a `prometheus_client` registry.

Pure state: nothing here knows a clock or a socket. The metrics are made from the series when Prometheus asks, so that
counting costs a few additions and not a metric library's locks.
"""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from mixer.bounded import IDLE, Bounded
from mixer.labels import HTTP_LABELS, TCP_LABELS, Labels
from mixer.series import Histogram, HttpSeries, TcpSeries

LIMIT = 10_000

_HISTOGRAMS: tuple[tuple[str, str, Callable[[HttpSeries], Histogram]], ...] = (
    ("istio_request_duration_milliseconds", "Duration of requests, in milliseconds", lambda one: one.duration),
    ("istio_request_bytes", "Size of requests with their headers, in bytes", lambda one: one.request_size),
    ("istio_response_bytes", "Size of responses with their headers, in bytes", lambda one: one.response_size),
)
_TCP: tuple[tuple[str, str, Callable[[TcpSeries], int]], ...] = (
    ("istio_tcp_connections_opened", "Connections opened", lambda one: one.opened),
    ("istio_tcp_connections_closed", "Connections closed", lambda one: one.closed),
    ("istio_tcp_received_bytes", "Bytes received from clients over connections", lambda one: one.received),
    ("istio_tcp_sent_bytes", "Bytes sent to clients over connections", lambda one: one.sent),
)


class Telemetry:
    """All label sets of requests and of connections, each bounded on its own, and what Mixer counts of itself."""

    def __init__(self, limit: int = LIMIT, idle: float = IDLE) -> None:
        self.http = Bounded(HttpSeries, limit, idle)
        self.tcp = Bounded(TcpSeries, limit, idle)
        self.records = dict.fromkeys(("http", "tcp", "repeated"), 0)
        self.streams = 0
        self.waited = 0.0

    def collect(self) -> Iterator[Metric]:
        """The metrics of the moment, as the registry wants them."""
        yield from self._http()
        yield from self._tcp()
        yield from self._own()

    def _http(self) -> Iterator[Metric]:
        requests = CounterMetricFamily("istio_requests", "Requests", labels=HTTP_LABELS)
        histograms = [HistogramMetricFamily(name, text, labels=HTTP_LABELS) for name, text, _ in _HISTOGRAMS]
        for labels, series in self.http.items():
            requests.add_metric(labels, series.count)
            for family, (_, _, of) in zip(histograms, _HISTOGRAMS, strict=True):
                histogram = of(series)
                family.add_metric(labels, histogram.cumulative(), histogram.total)
        yield requests
        yield from histograms

    def _tcp(self) -> Iterator[Metric]:
        families = [CounterMetricFamily(name, text, labels=TCP_LABELS) for name, text, _ in _TCP]
        for labels, series in self.tcp.items():
            for family, (_, _, of) in zip(families, _TCP, strict=True):
                family.add_metric(_of_tcp(labels), of(series))
        yield from families

    def _own(self) -> Iterator[Metric]:
        records = CounterMetricFamily("galley_mixer_records", "Log records by kind", labels=["kind"])
        for kind, count in self.records.items():
            records.add_metric([kind], count)
        sets = GaugeMetricFamily(
            "galley_mixer_label_sets", "Label sets that have a place of their own", labels=["kind"]
        )
        beyond = "Times that a record was counted under `other`, for there was no place left"
        overflowed = CounterMetricFamily("galley_mixer_overflowed", beyond, labels=["kind"])
        for kind, table in (("http", self.http), ("tcp", self.tcp)):
            sets.add_metric([kind], len(table))
            overflowed.add_metric([kind], table.overflowed)
        yield records
        yield sets
        yield overflowed
        yield GaugeMetricFamily("galley_mixer_streams", "Open log streams", value=self.streams)
        waited = "Seconds that log streams were not read, for records came too fast"
        yield CounterMetricFamily("galley_mixer_waited_seconds", waited, value=self.waited)


def _of_tcp(labels: Labels) -> tuple[str, ...]:
    return labels[: len(TCP_LABELS)]
