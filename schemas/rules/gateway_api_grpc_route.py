"""Rules of GRPCRoute. Pure. Source: the CEL rules of the Gateway API's CRD (apis/v1/grpcroute_types.go)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from schemas.fault import Fault, invalid, warned
from schemas.kinds.gateway_api_grpc_route import GRPCMethodMatch, GRPCRoute, GRPCRouteMatch
from schemas.rules.gateway_api_filters import check_filters
from schemas.rules.gateway_api_names import check_hostnames, header_problem
from schemas.rules.gateway_api_references import check_backend, check_match_count, check_parents, check_rule_names
from schemas.rules.gateway_api_session import check_session
from schemas.rules.regex import check_expression

_SERVICE: Final = re.compile(r"\.?[a-z_][a-z_0-9]*(?:\.[a-z_][a-z_0-9]*)*", re.IGNORECASE | re.ASCII)
_METHOD: Final = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


def check_gateway_api_grpc_route(route: GRPCRoute, path: str, namespace: str) -> Iterator[Fault]:
    """Hosts, parents, and each rule on its own; the matches of all together are limited."""
    del namespace
    yield from check_parents(route.parent_refs, f"{path}.parentRefs")
    yield from check_hostnames(route.hostnames, f"{path}.hostnames")
    yield from check_rule_names([rule.name for rule in route.rules], f"{path}.rules")
    yield from check_match_count(sum(len(rule.matches) for rule in route.rules), f"{path}.rules")
    for index, rule in enumerate(route.rules):
        where = f"{path}.rules[{index}]"
        for number, match in enumerate(rule.matches):
            yield from _check_match(match, f"{where}.matches[{number}]")
        yield from check_filters(rule.filters, f"{where}.filters")
        for number, backend in enumerate(rule.backend_refs):
            yield from check_backend(backend, f"{where}.backendRefs[{number}]")
            yield from check_filters(backend.filters, f"{where}.backendRefs[{number}].filters")
        yield from check_session(rule.session_persistence, f"{where}.sessionPersistence")


def _check_match(match: GRPCRouteMatch, path: str) -> Iterator[Fault]:
    if match.method is not None:
        yield from _check_method(match.method, f"{path}.method")
    folded: set[str] = set()
    for index, header in enumerate(match.headers):
        where = f"{path}.headers[{index}]"
        if problem := header_problem(header.name):
            yield invalid(f"{where}.name", problem)
        if header.name in {other.name for other in match.headers[:index]}:
            yield invalid(f"{where}.name", f"`{header.name[:80]}` is matched twice")
        elif header.name.lower() in folded:
            yield warned(f"{where}.name", f"the header `{header.name[:80]}` is matched twice: only the first counts")
        folded.add(header.name.lower())
        if header.type == "RegularExpression":
            yield from check_expression(header.value, f"{where}.value")


def _check_method(method: GRPCMethodMatch, path: str) -> Iterator[Fault]:
    if not (method.service or method.method):
        yield invalid(path, "a match of a method names a service, a method, or both")
    for field, text, form in (("service", method.service, _SERVICE), ("method", method.method, _METHOD)):
        if not text:
            continue
        if method.type == "RegularExpression":
            yield from check_expression(text, f"{path}.{field}")
        elif not form.fullmatch(text):
            yield invalid(f"{path}.{field}", f"`{text[:80]}` is not the name of a gRPC {field}")
