"""Which objects select a workload by its labels: Services, Sidecars, policies. Pure rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.stages.analyze.workloads import labels_of
from pipeline.stages.typed import typed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.derive import View
    from pipeline.model.key import Key


def selector_of(view: View, key: Key) -> frozenset[tuple[str, str]]:
    """Return the labels that an object selects workloads by; none where it selects by none (a rule)."""
    spec = view.derive(typed, key)
    return frozenset(_labels(key.kind, spec).items()) if spec is not None else frozenset()


def selecting(view: View, asked: tuple[str, Key]) -> tuple[Key, ...]:
    """Return the objects of a kind, in the namespace of a workload, whose selector it matches (a rule)."""
    kind, workload = asked
    labels = frozenset(view.derive(labels_of, workload))
    near = [key for pair in sorted(labels) for key in view.lookup(first_label, kind, (workload.namespace, *pair))]
    return tuple(key for key in dict.fromkeys(near) if view.derive(selector_of, key) <= labels)


def first_label(view: View, key: Key) -> tuple[tuple[str, str, str], ...]:
    """Return namespace and first label of an object's selector (an index's rule)."""
    labels = sorted(view.derive(selector_of, key))
    return ((key.namespace, *labels[0]),) if labels else ()


def _labels(kind: str, spec: Any) -> Mapping[str, str]:  # noqa: ANN401  the content of any kind with a selector
    found: Mapping[str, str] = {}
    if kind == "Service":
        found = spec.selector
    elif kind == "Sidecar":
        found = spec.workload_selector.labels if spec.workload_selector is not None else found
    elif spec.selector is not None:
        found = spec.selector.match_labels
    return found
