"""Routes of a delegate, put under the route that delegates to them. Pure.

A delegate's match must be inside one of the root's, else its route is left out; what both set is the delegate's, names
are joined. Delegates do not delegate further.
Source: istio pilot/pkg/model/virtualservice.go (mergeHTTPRoutes) and
https://istio.io/latest/docs/reference/config/networking/virtual-service/#Delegate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.kinds.virtual_service import HTTPRoute
from schemas.types.http_match import HTTPMatchRequest
from schemas.types.string_match import StringMatch

_Matches = tuple[HTTPMatchRequest, ...]
_FILLED = (
    "rewrite", "timeout", "retries", "fault", "mirror", "mirror_percent", "mirror_percentage", "cors_policy", "headers"
)  # fmt: skip
_STRINGS = ("uri", "scheme", "method", "authority")
_MAPS = ("headers", "without_headers", "query_params")


def merge_delegate(root: HTTPRoute, routes: Sequence[HTTPRoute]) -> Iterator[HTTPRoute]:
    """The delegate's routes as they count below the root's, in order."""
    for route in routes:
        if route.delegate is None:
            match = _merge_matches(root.match, route.match)
            if match is not None:
                yield _merge_route(root, route, match)


def _merge_route(root: HTTPRoute, route: HTTPRoute, match: _Matches) -> HTTPRoute:
    changes: dict[str, object] = {"match": match, "name": _join(root.name, route.name)}
    for name in _FILLED:
        if getattr(route, name) is None:
            changes[name] = getattr(root, name)
    if not route.mirrors:
        changes["mirrors"] = root.mirrors
    return route.model_copy(update=changes)


def _join(root: str, name: str) -> str:
    return f"{root}-{name}" if root and name else root or name


def _merge_matches(root: _Matches, leaf: _Matches) -> _Matches | None:
    """The conditions of both; None where one of the leaf's is outside all of the root's."""
    if not root or not leaf:
        return root or leaf
    out: list[HTTPMatchRequest] = []
    for inner in leaf:
        merged = [_merge_match(outer, inner) for outer in root if not _conflict(outer, inner)]
        if not merged:
            return None
        out.extend(merged)
    return tuple(out)


def _merge_match(root: HTTPMatchRequest, leaf: HTTPMatchRequest) -> HTTPMatchRequest:
    changes: dict[str, object] = {"name": _join(root.name, leaf.name), "port": leaf.port or root.port}
    for name in _STRINGS:
        if getattr(leaf, name) is None:
            changes[name] = getattr(root, name)
    for name in _MAPS:
        changes[name] = {**getattr(root, name), **getattr(leaf, name)}
    for name in ("source_labels", "source_namespace", "gateways", "stat_prefix"):
        changes[name] = getattr(leaf, name) or getattr(root, name)
    return leaf.model_copy(update=changes)


def _conflict(root: HTTPMatchRequest, leaf: HTTPMatchRequest) -> bool:
    """Whether the leaf's conditions reach outside the root's."""
    if root.ignore_uri_case != leaf.ignore_uri_case or (root.port and leaf.port and root.port != leaf.port):
        return True
    if any(_outside(getattr(root, name), getattr(leaf, name)) for name in _STRINGS):
        return True
    return any(
        _outside(getattr(root, name).get(each), value) for name in _MAPS for each, value in getattr(leaf, name).items()
    )


def _outside(root: StringMatch | None, leaf: StringMatch | None) -> bool:
    """Whether the leaf matches a string that the root does not; expressions are never compared."""
    if root is None or leaf is None:
        return False
    if root.regex or leaf.regex:
        return True
    if root.exact:
        return bool(leaf.prefix) or leaf.exact != root.exact
    if root.prefix:
        return not (leaf.prefix or leaf.exact or "").startswith(root.prefix)
    return True
