"""What Citadel counts, under the names that Istio's Citadel dashboard asks for. Pure state; read by Prometheus."""

from collections.abc import Iterator
from enum import Enum

from prometheus_client.core import Metric

from citadel.authority import Authority


class Count(Enum):
    """Each counter with its name and what it counts."""

    REQUESTS = ("citadel_server_csr_count", "Certificate requests received")
    UNAUTHENTICATED = ("citadel_server_authentication_failure_count", "Requests without a good token or certificate")
    BAD_REQUEST = ("citadel_server_csr_parsing_err_count", "Requests that are malformed or ask for too much")
    DENIED = ("galley_citadel_denied_count", "Requests for an identity that may not be issued")
    ISSUED = ("citadel_server_success_cert_issuance_count", "Certificates issued")

    @property
    def exposed(self) -> str:
        """The metric's name."""
        return self.value[0]


class CertificateCounts:
    """A collector for a `prometheus_client` registry.

    The counters are exposed untyped: Istio's names lack the `_total` that the client library gives every counter.
    """

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._counts = dict.fromkeys(Count, 0)

    def add(self, count: Count) -> None:
        """One more."""
        self._counts[count] += 1

    def value(self, count: Count) -> int:
        """How many so far."""
        return self._counts[count]

    def collect(self) -> Iterator[Metric]:
        """The metrics, as the registry wants them."""
        for count, value in self._counts.items():
            metric = Metric(count.exposed, count.value[1], "untyped")
            metric.add_sample(count.exposed, {}, value)
            yield metric
        name = "citadel_server_root_cert_expiry_timestamp"
        expiry = Metric(name, "When the root certificate ends, in seconds since the epoch", "gauge")
        expiry.add_sample(name, {}, self._authority.end.timestamp())
        yield expiry
