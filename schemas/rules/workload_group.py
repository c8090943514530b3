"""Rules of WorkloadGroup. Pure. Source: Istio's `ValidateWorkloadGroup`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault
from schemas.kinds.workload_group import WorkloadGroup
from schemas.rules.labels import check_labels
from schemas.rules.probe import check_probe
from schemas.rules.workload import check_workload_ports


def check_workload_group(group: WorkloadGroup, path: str, namespace: str) -> Iterator[Fault]:
    """The template has no address yet; its labels, its ports and the probe are right."""
    del namespace
    if group.metadata is not None:
        yield from check_labels(group.metadata.labels, f"{path}.metadata.labels")
    yield from check_labels(group.template.labels, f"{path}.template.labels")
    yield from check_workload_ports(group.template, f"{path}.template", None)
    if group.probe is not None:
        yield from check_probe(group.probe, f"{path}.probe")
