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
    from schemas.types.gateway_api_reference import BackendObjectReference, ParentReference

_MISSING = "IST0101"


def api_gateway_problems(view: View, key: Key, spec: Gateway) -> Iterator[Problem]:
    """Give an info where a Gateway is of a class that is not ours."""
    if view.derive(own_gateway, key) is None:
        text = f"this Gateway is left alone: the class {spec.gateway_class_name} is not one that is served here"
        hint = "use the class istio, or one whose controllerName is istio.io/gateway-controller"
        yield Problem(NOT_OURS, "spec.gatewayClassName", text, hint)


def http_route_problems(view: View, key: Key, spec: HTTPRoute) -> Iterator[Problem]:
    """Give the Gateways, backends and mirrors of an HTTPRoute that are not there, or may not be named."""
    ours = False
    for index, ref in enumerate(spec.parent_refs):
        if (ref.group, ref.kind) == (GROUP, "Gateway"):
            gateway = Key(API_GATEWAY, ref.namespace or key.namespace, ref.name)
            ours |= view.derive(own_gateway, gateway) is not None
            yield from _parent(view, gateway, ref, f"spec.parentRefs[{index}]")
    if not ours:
        return
    for number, rule in enumerate(spec.rules):
        where = f"spec.rules[{number}]"
        for index, backend in enumerate(rule.backend_refs):
            path = f"{where}.backendRefs[{index}]"
            yield from _backend(view, key, backend, path, "its share of the requests gets 500")
        for index, item in enumerate(rule.filters):
            if item.request_mirror is not None:
                path = f"{where}.filters[{index}].requestMirror.backendRef"
                yield from _backend(view, key, item.request_mirror.backend_ref, path, "it gets no copies of requests")


def _parent(view: View, gateway: Key, ref: ParentReference, path: str) -> Iterator[Problem]:
    """Give a problem where a Gateway, or its listener of that name, is not there."""
    name = f"{gateway.namespace}/{gateway.name}"
    spec = view.derive(own_gateway, gateway)
    if view.get(gateway) is None:
        yield Problem(_MISSING, path, f"Referenced gateway not found: {name}", "mend the name, or add the Gateway")
    elif spec is not None and ref.section_name is not None and ref.section_name not in {i.name for i in spec.listeners}:
        listeners = ", ".join(item.name for item in spec.listeners)
        text = f"Referenced listener not found: {name} has no listener {ref.section_name}, but {listeners}"
        hint = "name one of its listeners, or leave sectionName out for all of them"
        yield Problem(_MISSING, f"{path}.sectionName", text, hint, (gateway,), "the Gateway")


def _backend(view: View, key: Key, backend: BackendObjectReference, path: str, effect: str) -> Iterator[Problem]:
    namespace = backend.namespace or key.namespace
    wanted = Reference(GROUP, "HTTPRoute", key.namespace, backend.group, backend.kind, namespace, backend.name)
    if not view.derive(is_granted, wanted):
        text = f"Referenced {backend.kind} not permitted: no ReferenceGrant of {namespace} lets HTTPRoutes of"
        text = f"{text} {key.namespace} name {backend.name}, so {effect}"
        yield Problem(_MISSING, path, text, f"add a ReferenceGrant to the namespace {namespace}")
    elif (backend.group, backend.kind) == ("", "Service"):
        host = full_name(backend.name, namespace)
        yield from service_problems(view, key, (host, backend.port or 0), path)
