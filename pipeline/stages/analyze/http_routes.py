"""The Gateway API: whether Gateways are ours, and whether what HTTPRoutes name exists and may be named. Pure.

GLY0308, IST0101. Routes that are attached to no Gateway of ours are somebody else's, and not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.codes_stage import NOT_OURS
from pipeline.model.key import Key
from pipeline.stages.analyze.ingresses import service_problems
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.claimed_hosts import full_name
from pipeline.stages.gateway_class import API_GATEWAY, own_gateway
from pipeline.stages.reference_grants import Reference, is_granted
from schemas.gateway_api_kinds import GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from schemas.kinds.gateway_api_gateway import Gateway
    from schemas.kinds.gateway_api_http_route import HTTPRoute
    from schemas.types.gateway_api_reference import BackendObjectReference

_MISSING = "IST0101"


def api_gateway_problems(view: View, key: Key, spec: Gateway) -> Iterator[Problem]:
    """Give an info where a Gateway is of a class that is not ours."""
    if view.derive(own_gateway, key) is None:
        text = f"this Gateway is left alone: the class {spec.gateway_class_name} is not one that is served here"
        hint = "use the class istio, or one whose controllerName is istio.io/gateway-controller"
        yield Problem(NOT_OURS, "spec.gatewayClassName", text, hint)


def http_route_problems(view: View, key: Key, spec: HTTPRoute) -> Iterator[Problem]:
    """Give the backends of an HTTPRoute that are not there, or may not be named."""
    parents = [ref for ref in spec.parent_refs if (ref.group, ref.kind) == (GROUP, "Gateway")]
    gateways = (Key(API_GATEWAY, ref.namespace or key.namespace, ref.name) for ref in parents)
    if not any(view.derive(own_gateway, gateway) is not None for gateway in gateways):
        return
    for number, rule in enumerate(spec.rules):
        for index, backend in enumerate(rule.backend_refs):
            yield from _backend(view, key, backend, f"spec.rules[{number}].backendRefs[{index}]")


def _backend(view: View, key: Key, backend: BackendObjectReference, path: str) -> Iterator[Problem]:
    namespace = backend.namespace or key.namespace
    wanted = Reference(GROUP, "HTTPRoute", key.namespace, backend.group, backend.kind, namespace, backend.name)
    if not view.derive(is_granted, wanted):
        text = f"Referenced {backend.kind} not permitted: no ReferenceGrant of {namespace} lets HTTPRoutes of"
        text = f"{text} {key.namespace} name {backend.name}, so its share of the requests gets 500"
        yield Problem(_MISSING, path, text, f"add a ReferenceGrant to the namespace {namespace}")
    elif (backend.group, backend.kind) == ("", "Service"):
        host = full_name(backend.name, namespace)
        yield from service_problems(view, key, (host, backend.port or 0), path)
