"""Rules of an HTTP route. Pure. Source: Istio's `validateHTTPRoute` and what it calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from schemas.fault import Fault, invalid, warned
from schemas.kinds.virtual_service import HTTPRoute
from schemas.rules.cors import check_cors
from schemas.rules.destination import check_destination, check_percent, check_weights
from schemas.rules.headers import check_headers, is_authority
from schemas.rules.http_action import check_direct_response, check_redirect, check_rewrite
from schemas.rules.http_fault import check_fault
from schemas.rules.http_match import check_http_match
from schemas.rules.http_retry import check_retry

_ALL = 100
_ACTIONS = ("route", "redirect", "directResponse", "delegate")


def check_http_route(route: HTTPRoute, path: str, *, is_delegate: bool) -> Iterator[Fault]:
    """One action, and every part of the route on its own."""
    yield from _check_action(route, path, is_delegate=is_delegate)
    for index, match in enumerate(route.match):
        yield from check_http_match(match, f"{path}.match[{index}]")
    yield from check_headers(route.headers, f"{path}.headers")
    yield from _check_authority(route, path)
    yield from check_cors(route.cors_policy, f"{path}.corsPolicy")
    yield from check_fault(route.fault, f"{path}.fault")
    yield from _check_mirrors(route, path)
    yield from check_redirect(route.redirect, f"{path}.redirect")
    yield from check_direct_response(route.direct_response, f"{path}.directResponse")
    yield from check_retry(route.retries, f"{path}.retries")
    yield from check_rewrite(route.rewrite, f"{path}.rewrite")
    for index, target in enumerate(route.route):
        yield from check_destination(target.destination, f"{path}.route[{index}].destination")
        yield from check_headers(target.headers, f"{path}.route[{index}].headers")
    yield from check_weights([target.weight for target in route.route], f"{path}.route")


def _check_action(route: HTTPRoute, path: str, *, is_delegate: bool) -> Iterator[Fault]:
    given: Mapping[str, bool] = {
        "route": bool(route.route),
        "redirect": route.redirect is not None,
        "directResponse": route.direct_response is not None,
        "delegate": route.delegate is not None,
    }
    found = [name for name in _ACTIONS if given[name]]
    if not found:
        yield invalid(path, "an HTTP route needs one of route, redirect, directResponse and delegate")
    elif len(found) > 1:
        yield invalid(path, f"an HTTP route has one action, found {' and '.join(found)}", "keep one of them")
    if given["delegate"] and is_delegate:
        yield invalid(f"{path}.delegate", "a delegate cannot delegate further: only one level works")
    if given["redirect"] or given["directResponse"]:
        for name, part in (("fault", route.fault), ("rewrite", route.rewrite)):
            if part is not None:
                yield invalid(f"{path}.{name}", f"`{name}` has no effect beside `{found[0]}`: remove it")


def _check_authority(route: HTTPRoute, path: str) -> Iterator[Fault]:
    places = [f"{path}.rewrite.authority"] if route.rewrite is not None and route.rewrite.authority else []
    request = route.headers.request if route.headers is not None else None
    if request is not None:
        places += [f"{path}.headers.request.set" for name in request.set if is_authority(name)]
        places += [f"{path}.headers.request.add" for name in request.add if is_authority(name)]
    if len(places) > 1:
        yield invalid(places[1], f"the authority is already set at {places[0]}: it can be set once")


def _check_mirrors(route: HTTPRoute, path: str) -> Iterator[Fault]:
    yield from check_destination(route.mirror, f"{path}.mirror")
    yield from check_percent(route.mirror_percentage, f"{path}.mirrorPercentage")
    if route.mirror_percent is not None:
        yield warned(f"{path}.mirrorPercent", "this field is deprecated", "use `mirrorPercentage: {value: ...}`")
        if route.mirror_percent > _ALL:
            yield invalid(f"{path}.mirrorPercent", f"a percentage is between 0 and 100, got {route.mirror_percent}")
    if route.mirror is not None and route.mirrors:
        yield invalid(f"{path}.mirrors", "only one of mirror and mirrors may be set")
    for index, mirror in enumerate(route.mirrors):
        yield from check_destination(mirror.destination, f"{path}.mirrors[{index}].destination")
        yield from check_percent(mirror.percentage, f"{path}.mirrors[{index}].percentage")
