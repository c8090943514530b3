"""The labels of Istio's metrics, by their names there, in one order. Pure data.

Source: https://istio.io/latest/docs/reference/config/metrics/
"""

from typing import NamedTuple

from mixer.workload import UNKNOWN

OTHER = "other"
SOURCE = "source"
DESTINATION = "destination"

LONGEST = 256
"""Characters of a label's value: a DNS name has 253 at most, and what is longer a proxy made up."""


class Labels(NamedTuple):
    """One label set; the metrics of connections have all but the last two."""

    reporter: str
    source_workload: str
    source_workload_namespace: str
    source_principal: str
    source_app: str
    source_version: str
    source_canonical_service: str
    source_canonical_revision: str
    source_cluster: str
    destination_workload: str
    destination_workload_namespace: str
    destination_principal: str
    destination_app: str
    destination_version: str
    destination_service: str
    destination_service_name: str
    destination_service_namespace: str
    destination_canonical_service: str
    destination_canonical_revision: str
    destination_cluster: str
    request_protocol: str
    response_flags: str
    connection_security_policy: str
    response_code: str
    grpc_response_status: str


HTTP_LABELS = Labels._fields
TCP_LABELS = Labels._fields[:-2]

_CODE_LENGTH = 3
_ALL_OTHER = Labels._make([OTHER] * len(Labels._fields))


def within(labels: Labels) -> Labels:
    """The set with every value cut at `LONGEST`, so that a limit of sets is one of memory, too."""
    if max(map(len, labels)) <= LONGEST:
        return labels
    return Labels._make(value[:LONGEST] for value in labels)


def overflow(labels: Labels) -> Labels:
    """The set that stands for all those beyond the limit.

    Names become `other`. What has few values stays (reporter, protocol, security policy), and of the response code
    its class (`5xx`), so that sums, and rates of success by `response_code=~"5.*"`, are right whatever the limit.
    """
    code = labels.response_code
    return _ALL_OTHER._replace(
        reporter=labels.reporter,
        request_protocol=labels.request_protocol,
        connection_security_policy=labels.connection_security_policy,
        response_code=f"{code[0]}xx" if len(code) == _CODE_LENGTH else code if code == "0" else OTHER,
    )


__all__ = [
    "DESTINATION",
    "HTTP_LABELS",
    "LONGEST",
    "OTHER",
    "SOURCE",
    "TCP_LABELS",
    "UNKNOWN",
    "Labels",
    "overflow",
    "within",
]
