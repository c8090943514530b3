"""Rules of cross-origin policies. Pure. Source: Istio's `validateCORSPolicy`."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fault import Fault, invalid
from schemas.rules.headers import header_name_problem
from schemas.rules.string_match import check_regex
from schemas.suggest import did_you_mean
from schemas.types.cors import CorsPolicy

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE")


def check_cors(policy: CorsPolicy | None, path: str) -> Iterator[Fault]:
    """Origins that match something, methods and headers that exist, whole seconds."""
    if policy is None:
        return
    for index, origin in enumerate(policy.allow_origins):
        if not (origin.exact or origin.prefix or origin.regex):
            yield invalid(f"{path}.allowOrigins[{index}]", "an origin needs an exact value, a prefix or a regex")
        else:
            yield from check_regex(origin, f"{path}.allowOrigins[{index}]")
    for index, method in enumerate(policy.allow_methods):
        if method not in _METHODS:
            hint = did_you_mean(method, _METHODS)
            yield invalid(f"{path}.allowMethods[{index}]", f"`{method[:40]}` is not a method of HTTP", hint)
    for name, headers in (("allowHeaders", policy.allow_headers), ("exposeHeaders", policy.expose_headers)):
        for index, header in enumerate(headers):
            if header != "*" and (problem := header_name_problem(header)):
                yield invalid(f"{path}.{name}[{index}]", problem)
    if policy.max_age is not None and policy.max_age.microseconds:
        yield invalid(f"{path}.maxAge", "maxAge is in whole seconds")
