"""Sidecars: which workloads they select, and no two the same. IST0101, IST0110, IST0111. Pure.

Source: istio pkg/config/analysis/analyzers/sidecar/{selector,defaultselector}.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.stages.analyze.same_workloads import Words, same_workload_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key
    from pipeline.stages.analyze.problem import Problem

_WORDS: Final = Words(
    "Sidecars", "workloadSelector", "IST0110", "IST0111", "only the oldest counts: give each its own labels"
)


def sidecar_problems(view: View, key: Key, _: object) -> Iterator[Problem]:
    """Give what is wrong with the workloads that a Sidecar selects."""
    yield from same_workload_problems(view, key, _WORDS)
