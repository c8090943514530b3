"""The webhook's metrics: verdicts by kind, under the names that Istio's dashboards ask for, and how long they took.

Their names lack the `_total` of newer counters, as Galley's own once did. A label has only what we know by name.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from prometheus_client import Histogram
from prometheus_client.core import GaugeMetricFamily, Metric

from schemas.kind import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from galley.app.webhook.admission import Request
    from galley.app.webhook.reviewer import Verdict
    from schemas.registry import Registry

Reason: TypeAlias = Literal["invalid_resource", "reference"]
"""Why an object was refused: by itself, or because of what is, or is not, beside it."""

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_KIND: Final = ["group", "version", "resource"]
_OTHER: Final = ("", "", "other")


class WebhookCounts:
    """Counts, for a registry of Prometheus' client to collect."""

    def __init__(self, registry: Registry, gauges: Callable[[], dict[str, float]]) -> None:
        """Count by the kinds of a registry; `gauges` gives the values of `connections` and `fail_policy`."""
        self._registry = registry
        self._gauges = gauges
        self._passed: Counter[tuple[str, ...]] = Counter()
        self._failed: Counter[tuple[str, ...]] = Counter()
        self._http: Counter[str] = Counter()
        self._renewals = 0
        self._seconds = Histogram("galley_webhook_seconds", "How long a verdict took.", buckets=_BUCKETS, registry=None)

    def judged(self, request: Request, verdict: Verdict, seconds: float) -> None:
        """A verdict was given."""
        kind = self._labels(request)
        if verdict.errors:
            self._failed[*kind, verdict.reason] += 1
        else:
            self._passed[kind] += 1
        self._seconds.observe(seconds)

    def failed(self, status: int) -> None:
        """A request got no verdict, but this HTTP status."""
        self._http[str(status)] += 1

    def renewed(self) -> None:
        """Another certificate is shown."""
        self._renewals += 1

    def collect(self) -> Iterator[Metric]:
        """Give everything, as Prometheus' client asks."""
        passed = _counter("galley_validation_passed", "Objects that were let through.")
        for kind, count in sorted(self._passed.copy().items()):
            passed.add_sample(passed.name, dict(zip(_KIND, kind, strict=True)), count)
        failed = _counter("galley_validation_failed", "Objects that were refused.")
        for labels, count in sorted(self._failed.copy().items()):
            failed.add_sample(failed.name, dict(zip([*_KIND, "reason"], labels, strict=True)), count)
        http = _counter("galley_validation_http_error", "Requests that got no verdict.")
        for status, count in sorted(self._http.copy().items()):
            http.add_sample(http.name, {"status": status}, count)
        renewals = _counter("galley_validation_cert_key_updates", "Times that another certificate was shown.")
        renewals.add_sample(renewals.name, {}, self._renewals)
        yield from (passed, failed, http, renewals)
        gauges = self._gauges()
        for name, help_ in (
            ("connections", "Connections to the webhook's address."),
            ("fail_policy", "1 while the cluster refuses our kinds unless we answer (failurePolicy Fail)."),
        ):
            yield GaugeMetricFamily(f"galley_webhook_{name}", help_, value=gauges.get(name, 0.0))
        yield from self._seconds.collect()

    def _labels(self, request: Request) -> tuple[str, str, str]:
        found = self._registry.lookup(request.api_version, request.kind.kind)
        if not isinstance(found, Kind) or found.foreign:
            return _OTHER
        return (found.group, request.kind.version, found.plural)


def _counter(name: str, help_: str) -> Metric:
    return Metric(name, help_, "unknown")
