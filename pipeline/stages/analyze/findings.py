"""`findings`: everything that the analyzers say of one object. Pure.

An object may ask for silence: the annotation `galley.istio.io/analyze-suppress` lists codes, or patterns of codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from pipeline.model.codes import CATALOGUE
from pipeline.model.diagnostic import Diagnostic, Related
from pipeline.stages.analyze.annotations import annotation_problems
from pipeline.stages.analyze.bound_gateways import bound_gateway_problems
from pipeline.stages.analyze.deprecated import deprecated_in_sidecar, deprecated_in_virtual_service
from pipeline.stages.analyze.destinations import destination_problems
from pipeline.stages.analyze.gateway_workloads import gateway_workload_problems
from pipeline.stages.analyze.gateways import gateway_problems
from pipeline.stages.analyze.mesh_hosts import mesh_host_problems, passed_by_problems
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.analyze.rules import destination_rule_problems
from pipeline.stages.analyze.service_entries import service_entry_problems
from pipeline.stages.analyze.services import service_problems
from pipeline.stages.analyze.sidecars import sidecar_problems
from pipeline.stages.typed import typed

if TYPE_CHECKING:
    from pipeline.derive import View
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource

    Analyzer = Callable[[View, Key, Any], Iterator[Problem]]

SUPPRESS: Final = "galley.istio.io/analyze-suppress"

ANALYZERS: Mapping[str, tuple[Analyzer, ...]] = {
    "VirtualService": (
        destination_problems,
        bound_gateway_problems,
        mesh_host_problems,
        passed_by_problems,
        deprecated_in_virtual_service,
    ),
    "DestinationRule": (destination_rule_problems,),
    "Gateway": (gateway_problems, gateway_workload_problems),
    "ServiceEntry": (service_entry_problems,),
    "Sidecar": (sidecar_problems, deprecated_in_sidecar),
    "Service": (service_problems, annotation_problems),
    "Pod": (annotation_problems,),
    "Namespace": (annotation_problems,),
}
"""The analyzers of each kind: functions of the view, the object's key and its typed content."""


def findings(view: View, key: Key) -> tuple[Diagnostic, ...]:
    """Return what is wrong with an object among the others (a rule)."""
    analyzers = ANALYZERS.get(key.kind)
    resource = view.get(key) if analyzers else None
    spec = view.derive(typed, key) if analyzers else None
    if resource is None or spec is None:
        return ()
    silenced = [pattern.strip() for pattern in resource.annotations.get(SUPPRESS, "").split(",")]
    return tuple(
        _diagnostic(view, resource, problem)
        for analyzer in analyzers or ()
        for problem in analyzer(view, key, spec)
        if not any(fnmatchcase(problem.code, pattern) for pattern in silenced)
    )


def _diagnostic(view: View, resource: Resource, problem: Problem) -> Diagnostic:
    others = (view.get(key) for key in problem.related)
    return Diagnostic(
        code=problem.code,
        severity=CATALOGUE[problem.code].severity,
        message=problem.message,
        origin=resource.origin_of(problem.path),
        key=resource.key,
        path=problem.path,
        hint=problem.hint,
        related=tuple(
            Related(origin=other.origin_of(""), key=other.key, note=problem.note)
            for other in others
            if other is not None
        ),
    )
