"""Rules of WorkloadEntry. Pure. Source: Istio's `ValidateWorkloadEntry`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault
from schemas.kinds.workload_entry import WorkloadEntry
from schemas.rules.workload import check_workload


def check_workload_entry(entry: WorkloadEntry, path: str, namespace: str) -> Iterator[Fault]:
    """The address is an IP, a host name or a Unix socket: which of them works depends on the service."""
    del namespace
    yield from check_workload(entry, path, service_ports=None, names=True)
