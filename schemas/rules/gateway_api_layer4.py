"""Rules of TLSRoute, TCPRoute and UDPRoute. Pure. Source: the CEL rules of the Gateway API's CRDs."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault
from schemas.kinds.gateway_api_layer4 import Layer4Route, TLSRoute
from schemas.rules.gateway_api_names import check_hostnames, check_some
from schemas.rules.gateway_api_references import check_backend, check_parents, check_rule_names


def check_gateway_api_layer4(route: Layer4Route, path: str, namespace: str) -> Iterator[Fault]:
    """Parents, and in each rule at least one backend."""
    del namespace
    yield from check_parents(route.parent_refs, f"{path}.parentRefs")
    if isinstance(route, TLSRoute):
        yield from check_hostnames(route.hostnames, f"{path}.hostnames")
    yield from check_rule_names([rule.name for rule in route.rules], f"{path}.rules")
    yield from check_some(route.rules, f"{path}.rules", "rule")
    for index, rule in enumerate(route.rules):
        where = f"{path}.rules[{index}].backendRefs"
        yield from check_some(rule.backend_refs, where, "backend")
        for number, backend in enumerate(rule.backend_refs):
            yield from check_backend(backend, f"{where}[{number}]")
