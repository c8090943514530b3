"""Conditions on the claims of a request's token: `@request.auth.claims[...]` to a matcher of metadata. Pure.

The claims are those that the JWT filter has put into the request's metadata under `payload`; a claim that is a list
matches where one of its members does. Source: https://istio.io/latest/docs/tasks/security/authentication/jwt-route/.
"""

from __future__ import annotations

import re

from envoy.type.matcher.v3.metadata_pb2 import MetadataMatcher
from envoy.type.matcher.v3.string_pb2 import StringMatcher
from envoy.type.matcher.v3.value_pb2 import ListMatcher, OrMatcher, ValueMatcher

_PREFIX = "@request.auth.claims"
_FILTER = "envoy.filters.http.jwt_authn"
_PAYLOAD = "payload"
_BRACKETS = re.compile(r"\[([^\[\]]+)\]")


def is_claim(name: str) -> bool:
    """Whether the name of a header in a match asks for a claim."""
    return bool(_path(name))


def claims_matcher(name: str, value: StringMatcher | None) -> MetadataMatcher:
    """The matcher of a claim; without a value, of its presence."""
    path = [MetadataMatcher.PathSegment(key=part) for part in (_PAYLOAD, *_path(name))]
    if value is None:
        return MetadataMatcher(filter=_FILTER, path=path, value=ValueMatcher(present_match=True))
    single = ValueMatcher(string_match=value)
    listed = ValueMatcher(list_match=ListMatcher(one_of=single))
    return MetadataMatcher(
        filter=_FILTER, path=path, value=ValueMatcher(or_match=OrMatcher(value_matchers=[single, listed]))
    )


def _path(name: str) -> tuple[str, ...]:
    """The names of the claims, from the outermost in; empty where the name asks for none."""
    if not name.startswith(_PREFIX):
        return ()
    rest = name[len(_PREFIX) :]
    if rest.startswith("."):
        parts = tuple(rest[1:].split("."))
        return parts if all(parts) else ()
    parts = tuple(_BRACKETS.findall(rest))
    return parts if "".join(f"[{part}]" for part in parts) == rest else ()
