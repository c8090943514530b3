"""`route_verdict`: what is made of an HTTPRoute, in the words of the Gateway API's conditions. Pure rules.

It tells of the very rules that translate: `refusal`, `backend_refusal`, and of what analysis finds about services.
Source: https://gateway-api.sigs.k8s.io/reference/spec/#routeparentstatus (conditions and their reasons).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from pipeline.stages.analyze.ingresses import service_problems
from pipeline.stages.claimed_hosts import full_name
from pipeline.stages.gateway_class import API_GATEWAY, own_gateway
from proxy.registry.gateway_api_attachment import NO_MATCHING_HOST, NO_MATCHING_PARENT, NOT_ALLOWED, refusal
from proxy.registry.gateway_api_gateway_verdict import proxies_of_gateway
from proxy.registry.gateway_api_gateways import ListenerOf
from proxy.registry.gateway_api_rules import backend_refusal, is_served_rule
from proxy.registry.gateway_api_verdict import GOOD, UNSUPPORTED, Verdict
from proxy.registry.gateways import GatewayProxy
from proxy.typed import typed_as
from schemas.gateway_api_kinds import GROUP
from schemas.kinds.gateway_api_http_route import HTTPRoute
from schemas.types.gateway_api_reference import BackendObjectReference, ParentReference

_TEXTS: Final = {
    NO_MATCHING_PARENT: "the Gateway has no such listener",
    NOT_ALLOWED: "no listener that is meant allows HTTPRoutes of this namespace",
    NO_MATCHING_HOST: "no listener that is meant has a host in common with the route",
}
_PROGRESS: Final = (NO_MATCHING_PARENT, NOT_ALLOWED, NO_MATCHING_HOST, "")


class ParentVerdict(NamedTuple):
    """Whether a parent, which is a Gateway of ours, takes a route."""

    ref: ParentReference
    accepted: Verdict


class RouteVerdict(NamedTuple):
    """What is made of an HTTPRoute: by its parents of ours, its references, and of rules that are not served."""

    parents: tuple[ParentVerdict, ...]
    resolved: Verdict
    partly: Verdict
    proxies: frozenset[GatewayProxy]


def route_verdict(view: View, key: Key) -> RouteVerdict | None:
    """What is made of an HTTPRoute; None where no parent is a Gateway of ours (a rule)."""
    spec = typed_as(view, key, HTTPRoute)
    refs = [ref for ref in spec.parent_refs if is_own_parent(view, key.namespace, ref)] if spec is not None else []
    if spec is None or not refs:
        return None
    broken = [number for number, rule in enumerate(spec.rules) if not is_served_rule(rule)]
    text = f"a filter of {', '.join(f'spec.rules[{number}]' for number in broken)} is not served: requests get 500"
    unsupported = Verdict(UNSUPPORTED, text) if broken else GOOD
    whole = bool(broken) and len(broken) == len(spec.rules)
    parents = tuple(ParentVerdict(ref, _parent(view, key, ref, unsupported if whole else GOOD)) for ref in refs)
    gateways = {_gateway_of(key.namespace, ref) for ref in refs}
    proxies = frozenset(one for name in gateways if (one := view.derive(proxies_of_gateway, name)) is not None)
    resolved = next(_wrong_backends(view, key, spec), GOOD)
    return RouteVerdict(parents, resolved, GOOD if whole else unsupported, proxies)


def is_own_parent(view: View, namespace: str, ref: ParentReference) -> bool:
    """Whether a parent that a route of the namespace names is a Gateway of ours."""
    return (ref.group, ref.kind) == (GROUP, "Gateway") and (
        view.derive(own_gateway, _gateway_of(namespace, ref)) is not None
    )


def _gateway_of(namespace: str, ref: ParentReference) -> Key:
    return Key(API_GATEWAY, ref.namespace or namespace, ref.name)


def _parent(view: View, key: Key, ref: ParentReference, unsupported: Verdict) -> Verdict:
    gateway = _gateway_of(key.namespace, ref)
    spec = view.derive(own_gateway, gateway)
    names = [item.name for item in spec.listeners] if spec is not None else []
    reasons = [refusal(view, ListenerOf(gateway, name), key, ref) for name in names]
    reason = max(reasons, key=_PROGRESS.index, default=NO_MATCHING_PARENT)
    return Verdict(reason, _TEXTS[reason]) if reason else unsupported


def _wrong_backends(view: View, key: Key, spec: HTTPRoute) -> Iterator[Verdict]:
    for number, rule in enumerate(spec.rules):
        mirrors = [item.request_mirror.backend_ref for item in rule.filters if item.request_mirror is not None]
        for backend in (*rule.backend_refs, *mirrors):
            found = _backend(view, key, backend, f"spec.rules[{number}]")
            if found.reason:
                yield found


def _backend(view: View, key: Key, backend: BackendObjectReference, path: str) -> Verdict:
    namespace = backend.namespace or key.namespace
    reason = backend_refusal(view, key.namespace, backend)
    if reason == "RefNotPermitted":
        text = f"no ReferenceGrant of {namespace} lets HTTPRoutes of {key.namespace} name {backend.name}"
        return Verdict(reason, f"{path}: {text}")
    if reason:
        return Verdict(reason, f"{path}: backends of the kind {backend.kind} are not served")
    host = full_name(backend.name, namespace) if backend.kind == "Service" else backend.name.lower()
    problem = next(service_problems(view, key, (host, backend.port or 0), path), None)
    return Verdict("BackendNotFound", f"{path}: {problem.message}") if problem is not None else GOOD
