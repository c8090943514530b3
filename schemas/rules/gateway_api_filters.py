"""Rules of filters of routes. Pure. Source: the CEL rules of the Gateway API's CRDs, and its webhook of old."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from schemas.fault import Fault, invalid, warned
from schemas.json_name import json_name
from schemas.rules.gateway_api_names import check_object, header_problem
from schemas.rules.gateway_api_references import check_backend
from schemas.rules.headers import header_value_problem
from schemas.rules.kube_names import host_problem
from schemas.types.gateway_api_filter import (
    HTTPCORSFilter,
    HTTPExternalAuthFilter,
    HTTPHeaderFilter,
    HTTPPathModifier,
    HTTPRequestMirrorFilter,
    HTTPRouteFilter,
    RouteFilter,
)

_FIELDS: Final = {
    "RequestHeaderModifier": "request_header_modifier",
    "ResponseHeaderModifier": "response_header_modifier",
    "RequestMirror": "request_mirror",
    "RequestRedirect": "request_redirect",
    "URLRewrite": "url_rewrite",
    "CORS": "cors",
    "ExternalAuth": "external_auth",
    "ExtensionRef": "extension_ref",
}
_REPEATED: Final = frozenset({"RequestMirror", "ExtensionRef", "ExternalAuth"})
"""The types of which a rule may have several."""
_METHODS: Final = frozenset(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"])


def check_filters(filters: Sequence[RouteFilter], path: str) -> Iterator[Fault]:
    """Each filter has the field that its type names and no other; most types stand once; no redirect with a rewrite."""
    types = Counter(_type(item) for item in filters)
    for index, item in enumerate(filters):
        yield from _check_filter(item, f"{path}[{index}]")
    for name, count in types.items():
        if count > 1 and name not in _REPEATED:
            yield invalid(path, f"the filter {name} is there {count} times, it may be there once", "join them to one")
    if types["RequestRedirect"] and types["URLRewrite"]:
        yield invalid(path, "a rule has either RequestRedirect or URLRewrite, not both")


def prefix_modifier(filters: Sequence[HTTPRouteFilter]) -> bool:
    """Whether some filter replaces the prefix that was matched."""
    paths = [item.request_redirect.path for item in filters if item.request_redirect is not None]
    paths += [item.url_rewrite.path for item in filters if item.url_rewrite is not None]
    return any(path is not None and path.type == "ReplacePrefixMatch" for path in paths)


def _type(item: RouteFilter) -> str:
    return str(getattr(item, "type", ""))


def _check_filter(item: RouteFilter, path: str) -> Iterator[Fault]:
    type_ = _type(item)
    for name, field in _FIELDS.items():
        given = getattr(item, field, None) is not None
        where = f"{path}.{json_name(field)}"
        if given and name != type_:
            yield invalid(where, f"`{json_name(field)}` does not go with the type {type_}")
        elif not given and name == type_:
            yield invalid(where, f"a filter of the type {type_} needs `{json_name(field)}`")
    yield from _check_headers(item.request_header_modifier, f"{path}.requestHeaderModifier")
    yield from _check_headers(item.response_header_modifier, f"{path}.responseHeaderModifier")
    if item.request_mirror is not None:
        yield from _check_mirror(item.request_mirror, f"{path}.requestMirror")
    if item.extension_ref is not None:
        yield from check_object(item.extension_ref.group, item.extension_ref.kind, None, f"{path}.extensionRef")
    if isinstance(item, HTTPRouteFilter):
        yield from _check_http(item, path)


def _check_http(item: HTTPRouteFilter, path: str) -> Iterator[Fault]:
    for field, changed in (("requestRedirect", item.request_redirect), ("urlRewrite", item.url_rewrite)):
        if changed is not None:
            if changed.hostname is not None and (problem := host_problem(changed.hostname, wildcard=False)):
                yield invalid(f"{path}.{field}.hostname", problem)
            if changed.path is not None:
                yield from _check_modifier(changed.path, f"{path}.{field}.path")
    if item.cors is not None:
        yield from _check_cors(item.cors, f"{path}.cors")
    if item.external_auth is not None:
        yield from _check_auth(item.external_auth, f"{path}.externalAuth")


def _check_headers(headers: HTTPHeaderFilter | None, path: str) -> Iterator[Fault]:
    if headers is None:
        return
    actions: Counter[str] = Counter()
    for field, items in (("set", headers.set), ("add", headers.add)):
        names = [item.name for item in items]
        for index, item in enumerate(items):
            where = f"{path}.{field}[{index}]"
            if problem := header_problem(item.name):
                yield invalid(f"{where}.name", problem)
            elif item.name in names[:index]:
                yield invalid(f"{where}.name", f"the header `{item.name[:80]}` is there twice")
            if "\n" in item.value or "\r" in item.value or "\0" in item.value:
                yield invalid(f"{where}.value", header_value_problem(item.value) or "a value is one line")
        actions.update({name.lower() for name in names})
    for index, name in enumerate(headers.remove):
        if name in headers.remove[:index]:
            yield invalid(f"{path}.remove[{index}]", f"the header `{name[:80]}` is there twice")
    actions.update({name.lower() for name in headers.remove})
    for name, count in actions.items():
        if count > 1:
            yield warned(path, f"the header `{name[:80]}` is changed in {count} ways, in an order that is not defined")


def _check_modifier(modifier: HTTPPathModifier, path: str) -> Iterator[Fault]:
    full, prefix = modifier.replace_full_path is not None, modifier.replace_prefix_match is not None
    for type_, field, given in (
        ("ReplaceFullPath", "replaceFullPath", full),
        ("ReplacePrefixMatch", "replacePrefixMatch", prefix),
    ):
        if modifier.type == type_ and not given:
            yield invalid(f"{path}.{field}", f"the type {type_} needs `{field}`")
        elif modifier.type != type_ and given:
            yield invalid(f"{path}.{field}", f"`{field}` does not go with the type {modifier.type}")


def _check_mirror(mirror: HTTPRequestMirrorFilter, path: str) -> Iterator[Fault]:
    yield from check_backend(mirror.backend_ref, f"{path}.backendRef")
    if mirror.percent is not None and mirror.fraction is not None:
        yield invalid(path, "a mirror has either `percent` or `fraction`, not both")
    if mirror.fraction is not None and mirror.fraction.numerator > mirror.fraction.denominator:
        yield invalid(f"{path}.fraction", "the numerator is greater than the denominator")


def _check_cors(cors: HTTPCORSFilter, path: str) -> Iterator[Fault]:
    for field, values in (
        ("allowOrigins", cors.allow_origins),
        ("allowMethods", cors.allow_methods),
        ("allowHeaders", cors.allow_headers),
    ):
        if "*" in values and len(values) > 1:
            yield invalid(f"{path}.{field}", "`*` stands alone, or not at all")
    for index, method in enumerate(cors.allow_methods):
        if method != "*" and method not in _METHODS:
            yield invalid(f"{path}.allowMethods[{index}]", f"`{method[:40]}` is not a method of HTTP")


def _check_auth(auth: HTTPExternalAuthFilter, path: str) -> Iterator[Fault]:
    yield from check_backend(auth.backend_ref, f"{path}.backendRef")
    for protocol, field, given in (("GRPC", "grpc", auth.grpc), ("HTTP", "http", auth.http)):
        if given is not None and auth.protocol != protocol:
            yield invalid(f"{path}.{field}", f"`{field}` does not go with the protocol {auth.protocol}")
