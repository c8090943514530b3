"""`findings`: everything that the analyzers say of one object. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pipeline.model.codes import CATALOGUE
from pipeline.model.diagnostic import Diagnostic, Related
from pipeline.stages.analyze.destinations import destination_problems
from pipeline.stages.analyze.gateways import gateway_problems, virtual_service_gateway_problems
from pipeline.stages.analyze.mesh_hosts import mesh_host_problems
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.analyze.rules import destination_rule_problems
from pipeline.stages.analyze.sidecars import sidecar_problems
from pipeline.stages.typed import typed

if TYPE_CHECKING:
    from pipeline.derive import View
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource

    Analyzer = Callable[[View, Key, Any], Iterator[Problem]]

ANALYZERS: dict[str, tuple[Analyzer, ...]] = {
    "VirtualService": (destination_problems, virtual_service_gateway_problems, mesh_host_problems),
    "DestinationRule": (destination_rule_problems,),
    "Gateway": (gateway_problems,),
    "Sidecar": (sidecar_problems,),
}
"""The analyzers of each kind: functions of the view, the object's key and its typed content."""


def findings(view: View, key: Key) -> tuple[Diagnostic, ...]:
    """Return what is wrong with an object among the others (a rule)."""
    resource = view.get(key)
    analyzers = ANALYZERS.get(key.kind, ())
    spec = view.derive(typed, key) if analyzers else None
    if resource is None or spec is None:
        return ()
    return tuple(
        _diagnostic(view, resource, problem) for analyzer in analyzers for problem in analyzer(view, key, spec)
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
            Related(origin=other.origin_of(""), key=other.key, note=problem.note) for other in others if other is not None
        ),
    )
