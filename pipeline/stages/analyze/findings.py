"""`findings`: everything that the analyzers say of one object. Pure.

An object may ask for silence: the annotation `galley.istio.io/analyze-suppress` lists codes, or patterns of codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from pipeline.model.codes import CATALOGUE
from pipeline.model.diagnostic import Diagnostic, Related
from pipeline.stages.analyze.few import MOST_NAMED
from pipeline.stages.typed import typed

if TYPE_CHECKING:
    from pipeline.derive import View
    from pipeline.model.key import Key
    from pipeline.model.resource import Resource
    from pipeline.stages.analyze.problem import Problem

    Analyzer = Callable[[View, Key, Any], Iterator[Problem]]

SUPPRESS: Final = "galley.istio.io/analyze-suppress"

_POLICY = ("policies:workload_problems", "policies:gateway_selector_problems")

ANALYZERS: Mapping[str, tuple[str, ...]] = {
    "VirtualService": (
        "destinations:destination_problems",
        "bound_gateways:bound_gateway_problems",
        "mesh_hosts:mesh_host_problems",
        "mesh_hosts:passed_by_problems",
        "deprecated:deprecated_in_virtual_service",
        "claim_routes:claim_route_problems",
    ),
    "DestinationRule": ("rules:destination_rule_problems",),
    "Gateway": ("gateways:gateway_problems", "gateway_workloads:gateway_workload_problems"),
    "ServiceEntry": ("service_entries:service_entry_problems", "contested_hosts:contested_host_problems"),
    "Sidecar": ("sidecars:sidecar_problems", "deprecated:deprecated_in_sidecar", "ambient:ambient_problems"),
    "AuthorizationPolicy": (*_POLICY, "policies:namespace_problems"),
    "RequestAuthentication": _POLICY,
    "PeerAuthentication": ("policies:workload_problems",),
    "ProxyConfig": ("policies:workload_problems",),
    "WasmPlugin": _POLICY,
    "TrafficExtension": _POLICY,
    "Telemetry": ("telemetries:telemetry_problems", "policies:gateway_selector_problems"),
    "Ingress": ("ingresses:ingress_problems",),
    "Gateway.gateway.networking.k8s.io": ("http_routes:api_gateway_problems",),
    "HTTPRoute": ("http_routes:http_route_problems",),
    "EnvoyFilter": ("envoy_filters:envoy_filter_problems",),
    "Service": (
        "services:service_problems",
        "annotations:annotation_problems",
        "contested_hosts:contested_host_problems",
    ),
    "Pod": ("annotations:annotation_problems",),
    "Namespace": ("annotations:annotation_problems",),
}
"""The analyzers of each kind, `module:function`, loaded when an object of the kind is there: commands start quickly.

Each is a function of the view, the object's key and its typed content.
"""


def findings(view: View, key: Key) -> tuple[Diagnostic, ...]:
    """Return what is wrong with an object among the others (a rule)."""
    analyzers = _analyzers(key.kind)
    resource = view.get(key) if analyzers else None
    spec = view.derive(typed, key) if analyzers else None
    if resource is None or spec is None:
        return ()
    silenced = [pattern.strip() for pattern in resource.annotations.get(SUPPRESS, "").split(",")]
    return tuple(
        _diagnostic(view, resource, problem)
        for analyzer in analyzers
        for problem in analyzer(view, key, spec)
        if not any(fnmatchcase(problem.code, pattern) for pattern in silenced)
    )


@cache
def _analyzers(kind: str) -> tuple[Analyzer, ...]:
    named = (name.partition(":") for name in ANALYZERS.get(kind, ()))
    return tuple(getattr(import_module(f"{__package__}.{module}"), function) for module, _, function in named)


def _diagnostic(view: View, resource: Resource, problem: Problem) -> Diagnostic:
    others = (view.get(key) for key in problem.related[:MOST_NAMED])
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
