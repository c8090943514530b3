"""Which workloads the mesh knows, by their labels: Pods, WorkloadEntries, WorkloadGroups. Pure rules.

Galley may run where no workload is written down at all: a selector can be wrong only where some are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pipeline.stages.typed import typed_as
from schemas.kinds.workload_entry import WorkloadEntry
from schemas.kinds.workload_group import WorkloadGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.derive import View
    from pipeline.model.key import Key

KINDS: Final = ("Pod", "WorkloadEntry", "WorkloadGroup")
ANYWHERE: Final = ""


class Selector(NamedTuple):
    """Labels that a workload must have, sorted, and its namespace (`ANYWHERE`: any)."""

    namespace: str
    labels: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        """Return the form of kubectl's `--selector`."""
        return ",".join(f"{name}={value}" for name, value in self.labels)


def selector(namespace: str, labels: Mapping[str, str]) -> Selector:
    """Return the selector of some labels in a namespace."""
    return Selector(namespace, tuple(sorted(labels.items())))


def selected(view: View, wanted: Selector) -> tuple[Key, ...]:
    """Return the workloads that have all the labels, sorted; without labels, all of the namespace (a rule)."""
    pairs = wanted.labels or (("", ""),)
    return tuple(key for kind in KINDS for key in _meet(view, kind, wanted.namespace, pairs))


def any_known(view: View, namespace: str) -> bool:
    """Tell whether a workload of the namespace (`ANYWHERE`: any) is known (a rule)."""
    return any(view.lookup(label_groups, kind, (namespace, "", "")) for kind in KINDS)


def pods_known(view: View, namespace: str) -> bool:
    """Tell whether a Pod of the namespace (`ANYWHERE`: any) is known (a rule)."""
    return bool(view.lookup(label_groups, "Pod", (namespace, "", "")))


def label_groups(view: View, key: Key) -> tuple[tuple[str, str, str], ...]:
    """Return namespace, label and value of each label of a workload, and the same anywhere (an index's rule)."""
    if view.get(key) is None:
        return ()
    pairs = (("", ""), *view.derive(labels_of, key))
    return tuple((space, name, value) for space in (key.namespace, ANYWHERE) for name, value in pairs)


def labels_of(view: View, key: Key) -> tuple[tuple[str, str], ...]:
    """Return the labels of a workload, sorted: those of its metadata win (a rule)."""
    resource = view.get(key)
    if resource is None:
        return ()
    labels: dict[str, str] = {}
    if key.kind == "WorkloadEntry":
        entry = typed_as(view, key, WorkloadEntry)
        labels |= entry.labels if entry is not None else {}
    elif key.kind == "WorkloadGroup":
        group = typed_as(view, key, WorkloadGroup)
        if group is not None:
            labels |= {**group.template.labels, **(group.metadata.labels if group.metadata is not None else {})}
    return tuple(sorted({**labels, **resource.labels}.items()))


def _meet(view: View, kind: str, namespace: str, pairs: tuple[tuple[str, str], ...]) -> list[Key]:
    groups = sorted((view.lookup(label_groups, kind, (namespace, *pair)) for pair in pairs), key=len)
    first, *others = groups
    members = [set(other) for other in others]
    return [key for key in first if all(key in member for member in members)]
