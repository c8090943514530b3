"""Routes that never apply, because an earlier one takes all that they match. Pure.

Source: Istio's `analyzeUnreachableHTTPRules`; codes IST0130 (a whole rule) and IST0131 (one match of a rule).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.fault import Fault
from schemas.kinds.virtual_service import HTTPRoute, TCPRoute, TLSRoute
from schemas.types.http_match import HTTPMatchRequest
from schemas.types.string_match import StringMatch

_MOST_COMPARED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prefix:
    """A match by a prefix of the path, and all else that it asks for."""

    prefix: str
    match: HTTPMatchRequest
    route: str
    path: str


def check_reachable(routes: Sequence[HTTPRoute | TCPRoute | TLSRoute], path: str) -> Iterator[Fault]:
    """Only the last rule may match everything; a match that stands twice applies once; nor one under a wider prefix."""
    if len(routes) == 1 and len(routes[0].match) <= 1:
        return
    first: dict[str, str] = {}
    prefixes: list[_Prefix] = []
    everything = False
    for index, route in enumerate(routes):
        where, name = f"{path}[{index}]", _name(route, index)
        if not route.match:
            if everything:
                yield _unused(where, "only the last rule can have no matches")
            everything = True
            continue
        repeated = 0
        for position, match in enumerate(route.match):
            text = match.model_dump_json(exclude={"name"}, exclude_defaults=True)
            if text in first:
                repeated += 1
                yield _ineffective(f"{where}.match[{position}]", f"the same match stands in {first[text]}")
                continue
            first[text] = name
            if isinstance(match, HTTPMatchRequest) and match.uri is not None and match.uri.prefix:
                prefixes.append(
                    _Prefix(prefix=match.uri.prefix, match=match, route=name, path=f"{where}.match[{position}]")
                )
        if repeated == len(route.match):
            yield _unused(where, "all its matches are used by prior rules")
    yield from _check_prefixes(prefixes[:_MOST_COMPARED])


def _check_prefixes(prefixes: Sequence[_Prefix]) -> Iterator[Fault]:
    for index, narrow in enumerate(prefixes):
        for wide in prefixes[:index]:
            if narrow.prefix != wide.prefix and narrow.prefix.startswith(wide.prefix) and _covers(wide, narrow):
                text = f"the prefix `{narrow.prefix[:60]}` is covered by `{wide.prefix[:60]}` in {wide.route}"
                yield _ineffective(narrow.path, text)
                break


def _covers(wide: _Prefix, narrow: _Prefix) -> bool:
    """Whether what the wider prefix asks for besides the path is asked for by the narrower one too."""
    one, other = wide.match, narrow.match
    return (
        one.port == other.port
        and _same(one.method, other.method)
        and _same(one.scheme, other.scheme)
        and _same(one.authority, other.authority)
        and _all_same(one.headers, other.headers)
        and _all_same(one.query_params, other.query_params)
        and _all_same(one.without_headers, other.without_headers)
        and one.source_labels == other.source_labels
        and one.source_namespace == other.source_namespace
        and one.gateways == other.gateways
    )


def _same(one: StringMatch | None, other: StringMatch | None) -> bool:
    return one is None or one == other


def _all_same(one: Mapping[str, StringMatch], other: Mapping[str, StringMatch]) -> bool:
    return all(name in other and other[name] == value for name, value in one.items())


def _name(route: HTTPRoute | TCPRoute | TLSRoute, index: int) -> str:
    return f"rule `{route.name[:60]}`" if isinstance(route, HTTPRoute) and route.name else f"rule {index}"


def _unused(path: str, reason: str) -> Fault:
    return Fault(
        code="IST0130",
        severity="warning",
        path=path,
        message=f"this rule is never used: {reason}",
        hint="remove it, or move it up",
    )


def _ineffective(path: str, reason: str) -> Fault:
    return Fault(
        code="IST0131",
        severity="info",
        path=path,
        message=f"this match is never used: {reason}",
        hint="remove it, or move its rule up",
    )
