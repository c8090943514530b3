"""Rules of what an HTTP route matches. Pure. Source: Istio's `validateHTTPRouteMatchRequest`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.path import join
from schemas.rules.gateway_names import check_gateway_names
from schemas.rules.headers import header_name_problem, is_claim
from schemas.rules.labels import check_labels
from schemas.rules.names import dns_label_problem
from schemas.rules.ports import port_problem
from schemas.rules.string_match import check_regex, check_string_match
from schemas.types.http_match import HTTPMatchRequest


def check_http_match(match: HTTPMatchRequest, path: str) -> Iterator[Fault]:
    """Expressions that run, headers with names, a port, labels, gateways, a namespace."""
    yield from check_regex(match.uri, f"{path}.uri")
    yield from check_string_match(match.scheme, f"{path}.scheme")
    yield from check_string_match(match.method, f"{path}.method")
    yield from check_string_match(match.authority, f"{path}.authority")
    for name, value in match.query_params.items():
        yield from check_string_match(value, join(f"{path}.queryParams", name))
    yield from _check_headers(match, path)
    if match.port and (problem := port_problem(match.port)):
        yield invalid(f"{path}.port", problem)
    if match.source_labels:
        yield from check_labels(match.source_labels, f"{path}.sourceLabels")
    yield from check_gateway_names(match.gateways, f"{path}.gateways")
    if match.source_namespace and (problem := dns_label_problem(match.source_namespace, "namespace")):
        yield invalid(f"{path}.sourceNamespace", problem)


def _check_headers(match: HTTPMatchRequest, path: str) -> Iterator[Fault]:
    for field, headers in (("headers", match.headers), ("withoutHeaders", match.without_headers)):
        for name, value in headers.items():
            where = join(f"{path}.{field}", name)
            if not is_claim(name) and (problem := header_name_problem(name)):
                yield invalid(where, problem)
            if value.regex != "*":  # `*` is Istio's word for "is present", not an expression
                yield from check_string_match(value, where)
