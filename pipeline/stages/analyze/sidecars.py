"""Sidecars: which workloads they select, and no two the same. IST0101, IST0110, IST0111. Pure.

Source: istio pkg/config/analysis/analyzers/sidecar/{selector,defaultselector}.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.stages.analyze.few import few, few_by_first, in_words
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.analyze.workloads import any_known, labels_of, selected, selector
from pipeline.stages.typed import typed_as
from schemas.kinds.sidecar import Sidecar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key


def sidecar_problems(view: View, key: Key, spec: Sidecar) -> Iterator[Problem]:
    """Give what is wrong with the workloads that a Sidecar selects."""
    labels = spec.workload_selector.labels if spec.workload_selector is not None else {}
    if not labels:
        yield from _selectorless(view, key)
        return
    if not view.derive(any_known, key.namespace):
        return
    wanted = selector(key.namespace, labels)
    found = view.derive(selected, wanted)
    if not found:
        hint = f"no known workload of {key.namespace} has these labels"
        yield Problem("IST0101", "spec.workloadSelector", f"Referenced selector not found: '{wanted}'", hint)
    alike = ((other, one) for one in found for other in view.derive(sidecars_of, one) if other != key)
    shared = dict(few_by_first(alike))
    if shared:
        who = in_words([f"{other.name} ({workload})" for other, workload in shared.items()])
        text = f"Other Sidecars of {key.namespace} select the same workloads: {who}"
        hint = "only the oldest counts: give each its own labels"
        yield Problem("IST0110", "spec.workloadSelector", text, hint, tuple(shared), "the other one")


def sidecars_of(view: View, workload: Key) -> tuple[Key, ...]:
    """Return the Sidecars whose selector a workload matches (a rule)."""
    labels = frozenset(view.derive(labels_of, workload))
    near = [key for pair in sorted(labels) for key in view.lookup(first_label, "Sidecar", (workload.namespace, *pair))]
    return tuple(key for key in dict.fromkeys(near) if view.derive(sidecar_selector, key) <= labels)


def first_label(view: View, key: Key) -> tuple[tuple[str, str, str], ...]:
    """Return namespace and first label of a Sidecar's selector (an index's rule)."""
    labels = sorted(view.derive(sidecar_selector, key))
    return ((key.namespace, *labels[0]),) if labels else ()


def sidecar_selector(view: View, key: Key) -> frozenset[tuple[str, str]]:
    """Return the labels that a Sidecar selects by (a rule)."""
    spec = typed_as(view, key, Sidecar)
    chosen = spec.workload_selector if spec is not None else None
    return frozenset(chosen.labels.items()) if chosen is not None else frozenset()


def unselective(view: View, key: Key) -> tuple[str, ...]:
    """Return the namespace of a Sidecar without a selector (an index's rule)."""
    present = typed_as(view, key, Sidecar) is not None
    return (key.namespace,) if present and not view.derive(sidecar_selector, key) else ()


def _selectorless(view: View, key: Key) -> Iterator[Problem]:
    others = few(other for other in view.lookup(unselective, "Sidecar", key.namespace) if other != key)
    if others:
        who = in_words([other.name for other in others])
        text = f"Other Sidecars of {key.namespace} have no workloadSelector either: {who}; only one counts"
        yield Problem("IST0111", "spec", text, "keep one, or give the others a selector", others, "the other one")
