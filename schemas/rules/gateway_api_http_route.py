"""Rules of HTTPRoute. Pure. Source: the CEL rules of the Gateway API's CRD (apis/v1/httproute_types.go)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from schemas.fault import Fault, invalid, warned, without_effect
from schemas.gateway_api_kinds import GROUP
from schemas.kinds.gateway_api_http_route import (
    HTTPHeaderMatch,
    HTTPPathMatch,
    HTTPQueryParamMatch,
    HTTPRoute,
    HTTPRouteMatch,
    HTTPRouteRule,
)
from schemas.rules.gateway_api_filters import check_filters, prefix_modifier
from schemas.rules.gateway_api_names import check_hostnames, check_some, header_problem
from schemas.rules.gateway_api_references import check_backend, check_match_count, check_parents, check_rule_names
from schemas.rules.gateway_api_session import check_retry, check_session, check_timeouts
from schemas.rules.regex import check_expression

_SEQUENCES: Final = ("//", "/./", "/../", "%2f", "%2F", "#")
_UNSERVED: Final = frozenset({"ExtensionRef", "ExternalAuth"})
_ENDINGS: Final = ("/..", "/.")
_PATH: Final = re.compile(r"(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+")


def check_gateway_api_http_route(route: HTTPRoute, path: str, namespace: str) -> Iterator[Fault]:
    """Hosts, parents, and each rule on its own; the matches of all together are limited."""
    del namespace
    yield from check_parents(route.parent_refs, f"{path}.parentRefs")
    for index, parent in enumerate(route.parent_refs):
        if (parent.group, parent.kind) != (GROUP, "Gateway"):
            text = f"a route of a {parent.kind} has no effect yet, only that of a Gateway"
            yield without_effect(f"{path}.parentRefs[{index}].kind", text)
    yield from check_some(route.rules, f"{path}.rules", "rule")
    yield from check_hostnames(route.hostnames, f"{path}.hostnames")
    yield from check_rule_names([rule.name for rule in route.rules], f"{path}.rules")
    yield from check_match_count(sum(len(rule.matches) for rule in route.rules), f"{path}.rules")
    for index, rule in enumerate(route.rules):
        yield from _check_rule(rule, f"{path}.rules[{index}]")


def _check_rule(rule: HTTPRouteRule, path: str) -> Iterator[Fault]:
    for index, match in enumerate(rule.matches):
        yield from _check_match(match, f"{path}.matches[{index}]")
    yield from check_filters(rule.filters, f"{path}.filters")
    for index, backend in enumerate(rule.backend_refs):
        yield from check_backend(backend, f"{path}.backendRefs[{index}]")
        yield from check_filters(backend.filters, f"{path}.backendRefs[{index}].filters")
    if rule.backend_refs and any(item.request_redirect is not None for item in rule.filters):
        yield invalid(f"{path}.backendRefs", "a rule that redirects has no backends", "remove backendRefs")
    filters = [*rule.filters, *(item for backend in rule.backend_refs for item in backend.filters)]
    if prefix_modifier(filters) and not _one_prefix(rule.matches):
        yield invalid(f"{path}.matches", "ReplacePrefixMatch needs exactly one match, and that of type PathPrefix")
    for index, item in enumerate(filters):
        if item.type in _UNSERVED:
            where = f"{path}.filters[{index}]" if index < len(rule.filters) else f"{path}.backendRefs"
            yield without_effect(where, f"the filter {item.type} is not served yet: requests get 500 instead")
    if rule.session_persistence is not None:
        yield without_effect(f"{path}.sessionPersistence", "sessions are not kept with one backend yet")
    yield from check_timeouts(rule.timeouts, f"{path}.timeouts")
    yield from check_retry(rule.retry, f"{path}.retry")
    yield from check_session(rule.session_persistence, f"{path}.sessionPersistence")


def _one_prefix(matches: Sequence[HTTPRouteMatch]) -> bool:
    """Whether there is one match, of a prefix; a rule without any matches the prefix `/`."""
    return all(match.path is None or match.path.type == "PathPrefix" for match in matches) and len(matches) <= 1


def _check_match(match: HTTPRouteMatch, path: str) -> Iterator[Fault]:
    if match.path is not None:
        yield from _check_path(match.path, f"{path}.path")
    yield from _check_named(match.headers, f"{path}.headers")
    yield from _check_named(match.query_params, f"{path}.queryParams")


def _check_path(match: HTTPPathMatch, path: str) -> Iterator[Fault]:
    text, where = match.value, f"{path}.value"
    if match.type == "RegularExpression":
        yield from check_expression(text, where)
        return
    if not text.startswith("/"):
        yield invalid(where, f"`{text[:80]}` must be an absolute path", "begin it with `/`")
        return
    for part in _SEQUENCES:
        if part in text:
            yield invalid(where, f"`{text[:80]}` must not contain `{part}`")
            return
    if text.endswith(_ENDINGS):
        yield invalid(where, f"`{text[:80]}` must not end in `/..` or `/.`")
    elif not _PATH.fullmatch(text):
        yield invalid(where, f"`{text[:80]}` has characters that a path must write as %XX")


def _check_named(items: Sequence[HTTPHeaderMatch | HTTPQueryParamMatch], path: str) -> Iterator[Fault]:
    names: set[str] = set()
    folded: set[str] = set()
    for index, item in enumerate(items):
        where = f"{path}[{index}]"
        if problem := header_problem(item.name):
            yield invalid(f"{where}.name", problem)
        if item.name in names:
            yield invalid(f"{where}.name", f"`{item.name[:80]}` is matched twice")
        elif isinstance(item, HTTPHeaderMatch) and item.name.lower() in folded:
            yield warned(f"{where}.name", f"the header `{item.name[:80]}` is matched twice: only the first one counts")
        names.add(item.name)
        folded.add(item.name.lower())
        if item.type == "RegularExpression":
            yield from check_expression(item.value, f"{where}.value")
