"""Metrics: counted once, bounded, and readable by Prometheus."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from mixer.bounded import Bounded
from mixer.connections import Connections
from mixer.index import Index
from mixer.labels import HTTP_LABELS, OTHER, TCP_LABELS, Labels
from mixer.recorder import Recorder
from mixer.series import SIZE_BUCKETS, Histogram, HttpSeries
from mixer.telemetry import Telemetry
from tests.mixer.builders import common, entry, http, index, service, tcp

_BASE = Labels._make(["x"] * len(HTTP_LABELS))


def _labels(workload: str = "w", code: str = "200", reporter: str = "source") -> Labels:
    return _BASE._replace(source_workload=workload, response_code=code, reporter=reporter)


def _samples(telemetry: Telemetry) -> dict[str, list[tuple[dict[str, str], float]]]:
    registry = CollectorRegistry()
    registry.register(telemetry)
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def test_a_request_is_in_all_four_metrics_under_istios_names() -> None:
    """What Prometheus reads: a counter, and three histograms with sums and counts."""
    telemetry = Telemetry()
    Recorder(index(service()), telemetry, Connections()).http(http(), 1.0)
    samples = _samples(telemetry)
    ((labels, value),) = samples["istio_requests_total"]
    assert (set(labels), value) == (set(HTTP_LABELS), 1)
    sums = {"istio_request_duration_milliseconds": 12, "istio_request_bytes": 111, "istio_response_bytes": 55}
    for name, total in sums.items():
        assert samples[f"{name}_sum"][0][1] == total
        assert samples[f"{name}_count"][0][1] == 1
        assert samples[f"{name}_bucket"][-1][0]["le"] == "+Inf"


def test_connections_have_the_labels_without_code_and_status() -> None:
    """Opened, closed, and the bytes of both directions."""
    telemetry = Telemetry()
    Recorder(Index(), telemetry, Connections()).tcp(tcp(received=7, sent=9), 1.0)
    samples = _samples(telemetry)
    expected = {"connections_opened": 1, "connections_closed": 1, "received_bytes": 7, "sent_bytes": 9}
    for name, number in expected.items():
        ((labels, value),) = samples[f"istio_tcp_{name}_total"]
        assert (set(labels), value) == (set(TCP_LABELS), number)


def test_what_is_beyond_the_limit_is_counted_under_other() -> None:
    """Reporter and the code's class stay, so that sums and rates hold; how often is counted."""
    table = Bounded(HttpSeries, limit=2)
    for number in range(5):
        table.series(_labels(f"w{number}", "503"), 1.0).count += 1
    table.series(_labels("w9", "200", "destination"), 1.0).count += 1
    sets = dict(table.items())
    assert len(table) == 2
    assert table.overflowed == 4
    assert sum(series.count for series in sets.values()) == 6
    beyond = {labels for labels in sets if labels.source_workload == OTHER}
    assert {(labels.reporter, labels.response_code) for labels in beyond} == {("source", "5xx"), ("destination", "2xx")}


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["200", "404", "0", "999", ""])), max_size=60))
def test_nothing_is_lost_and_nothing_grows_beyond_the_limit(requests: list[tuple[int, str]]) -> None:
    """Whatever comes: every request is counted once, in no more sets than the limit and the overflow's few."""
    table = Bounded(HttpSeries, limit=5)
    for number, code in requests:
        table.series(_labels(f"w{number}", code), 1.0).count += 1
    everything = list(table.items())
    assert sum(series.count for _, series in everything) == len(requests)
    assert len(everything) <= 5 + 5


def test_a_set_that_nobody_counts_in_gives_up_its_place_when_it_is_wanted() -> None:
    """Not before an hour, and not while there is room; whoever kept it is told by `live`."""
    table = Bounded(HttpSeries, limit=1, idle=3600)
    first = table.series(_labels("a"), 0.0)
    assert table.series(_labels("b"), 3599.0).live is False
    assert first.live
    second = table.series(_labels("b"), 7200.0)
    assert (first.live, second.live) == (False, True)
    everything = list(table.items())
    assert [labels.source_workload for labels, _ in everything] == ["b", OTHER]


def test_an_overflowed_request_gets_its_own_place_once_there_is_room() -> None:
    """A stream does not remember the overflow set for good."""
    telemetry = Telemetry(limit=1, idle=10)
    recorder = Recorder(Index(), telemetry, Connections())
    recorder.http(http(), 0.0)
    other = http(common(cluster="outbound|80||b"))
    recorder.http(other, 1.0)
    recorder.http(other, 100.0)
    assert len(telemetry.http) == 1
    assert telemetry.http.overflowed == 1
    everything = list(telemetry.http.items())
    assert [labels.destination_service for labels, _ in everything] == ["b", OTHER]


def test_a_new_revision_changes_the_names_of_what_comes_after_it() -> None:
    """A stream's memory ends with the index's version."""
    known, telemetry = index(service()), Telemetry()
    recorder = Recorder(known, telemetry, Connections())
    recorder.http(http(), 1.0)
    added = entry("reviews-v1", "10.0.0.2", {"app": "reviews"})
    known.apply({added.key: added})
    recorder.http(http(), 2.0)
    recorder.http(http(), 3.0)
    counts = {labels.destination_workload: series.count for labels, series in telemetry.http.items()}
    assert counts == {"unknown": 1, "reviews-v1": 2}


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), max_size=20), st.booleans())
def test_a_connection_counts_its_bytes_once_however_often_it_is_logged(
    progress: list[tuple[int, int]],
    begun: bool,  # noqa: FBT001  drawn, like the rest
) -> None:
    """Opened once, closed once, and the sums are those of its last record."""
    telemetry = Telemetry()
    recorder = Recorder(Index(), telemetry, Connections())
    received = sent = 0
    if begun:
        recorder.tcp(tcp(common(stream_id="c", access_log_type="TcpUpstreamConnected"), 0, 0), 1.0)
    for more_received, more_sent in progress:
        received, sent = received + more_received, sent + more_sent
        recorder.tcp(tcp(common(stream_id="c", access_log_type="TcpPeriodic"), received, sent), 1.0)
    recorder.tcp(tcp(common(stream_id="c", access_log_type="TcpConnectionEnd"), received, sent), 1.0)
    ((_, series),) = telemetry.tcp.items()
    assert (series.opened, series.closed, series.received, series.sent) == (1, 1, received, sent)


def test_connections_that_are_remembered_are_bounded() -> None:
    """The one that was logged longest ago is forgotten; one without an id is counted at its end."""
    telemetry, connections = Telemetry(), Connections(capacity=2)
    recorder = Recorder(Index(), telemetry, connections)
    for name in ("a", "b", "a", "c"):
        recorder.tcp(tcp(common(stream_id=name, access_log_type="TcpPeriodic")), 1.0)
    assert len(connections) == 2
    recorder.tcp(tcp(common(access_log_type="TcpPeriodic")), 1.0)
    assert telemetry.records == {"http": 0, "tcp": 4, "repeated": 1}


@given(st.lists(st.integers(0, 10**8), max_size=50))
def test_a_histogram_is_cumulative_and_complete(values: list[int]) -> None:
    """Each bound has all that is not above it; the last has all."""
    histogram = Histogram(SIZE_BUCKETS)
    for value in values:
        histogram.observe(value)
    expected = [(str(float(bound)), float(sum(value <= bound for value in values))) for bound in SIZE_BUCKETS]
    assert histogram.cumulative() == [*expected, ("+Inf", float(len(values)))]
    assert histogram.total == sum(values)
