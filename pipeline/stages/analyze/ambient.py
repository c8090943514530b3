"""Sidecars for workloads that have none, since they are in ambient mode. IST0167. Pure.

Source: istio pkg/config/analysis/analyzers/sidecar/selector.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.model.key import Key
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.analyze.workloads import selected, selector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from schemas.kinds.sidecar import Sidecar

_MODE: Final = "istio.io/dataplane-mode"
_AMBIENT: Final = "ambient"
_REDIRECTED: Final = "ambient.istio.io/redirection"


def ambient_problems(view: View, key: Key, spec: Sidecar) -> Iterator[Problem]:
    """Give the Sidecar that is for a namespace or for workloads in ambient mode."""
    labels = spec.workload_selector.labels if spec.workload_selector is not None else {}
    if labels:
        pods = (one for one in view.derive(selected, selector(key.namespace, labels)) if one.kind == "Pod")
        found = tuple(pod for pod in pods if view.derive(is_ambient, pod))
        if found:
            text = "A selected workload is in ambient mode: the Sidecar has no effect on it"
            yield Problem("IST0167", "spec.workloadSelector", text, "remove it", found[:1], "the workload")
    elif view.derive(is_ambient, Key("Namespace", "", key.namespace)):
        text = f"The namespace {key.namespace} is in ambient mode: the Sidecar has no effect"
        yield Problem("IST0167", "spec", text, "remove it, or give it a workloadSelector")


def is_ambient(view: View, key: Key) -> bool:
    """Tell whether a Pod or a Namespace is in ambient mode (a rule)."""
    resource = view.get(key)
    if resource is None:
        return False
    return resource.labels.get(_MODE) == _AMBIENT or resource.annotations.get(_REDIRECTED) == "enabled"
