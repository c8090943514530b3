"""Sidecars: one without a selector in a namespace. IST0111. Pure.

Source: istio pkg/config/analysis/analyzers/sidecar/defaultselector.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.stages.analyze.problem import Problem
from pipeline.stages.typed import typed_as
from schemas.kinds.sidecar import Sidecar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key


def sidecar_problems(view: View, key: Key, spec: Sidecar) -> Iterator[Problem]:
    """Give the other Sidecars without a selector in the namespace."""
    if spec.workload_selector is not None:
        return
    others = tuple(other for other in view.lookup(unselective, "Sidecar", key.namespace) if other != key)
    if others:
        text = f"the namespace {key.namespace} has several Sidecars without a workloadSelector; only one counts"
        yield Problem("IST0111", "spec", text, "keep one, or give the others a selector", others, "the other one")


def unselective(view: View, key: Key) -> tuple[str, ...]:
    """Return the namespace of a Sidecar without a selector (an index's rule)."""
    spec = typed_as(view, key, Sidecar)
    return (key.namespace,) if spec is not None and spec.workload_selector is None else ()
