"""Which of the refused resources a NACK's words point at. Pure.

Envoy's words name clusters and listeners ("Error adding/updating cluster(s) a: ..., b: ..."), and of virtual hosts only
the domain and the route configuration ("Duplicate entry of domain a.example in route 80"), never the host. Names that
are too short to be told from a port or a line number count only where they are quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from proxy.resource_type import ResourceType
from proxy.wire import frame
from proxy.xds.message import Move
from proxy.xds.subscription import route_of

_DOMAIN = re.compile(r"domain (?P<domain>\S+) in route (?P<route>\S+)")
_WILDCARD = re.compile(r"wildcard domain is permitted in route (?P<route>\S+)")
_DOMAINS = 2  # VirtualHost.domains
_IN_NAME = r"[\w.|/*-]"


def suspects(type_: ResourceType, reason: str, moves: Sequence[Move]) -> frozenset[str]:
    """Return the names, of those refused, that the reason points at; none where it does not tell."""
    named = frozenset(move.name for move in moves if _mentions(reason, move.name))
    if named or type_ is not ResourceType.VIRTUAL_HOST:
        return named
    return frozenset(_holders(reason, moves))


def _mentions(reason: str, name: str) -> bool:
    if name not in reason:
        return False
    if name.isdigit():
        return f"'{name}'" in reason or f'"{name}"' in reason
    return re.search(f"(?<!{_IN_NAME}){re.escape(name)}(?!{_IN_NAME}*\\w)", reason) is not None


def _holders(reason: str, moves: Sequence[Move]) -> Iterable[str]:
    """Return the virtual hosts of the route configuration that hold the domain."""
    match = _DOMAIN.search(reason)
    domain = match["domain"] if match else "*"
    match = match or _WILDCARD.search(reason)
    if match is None:
        return
    field = frame(_DOMAINS, domain.strip("'\"").encode())
    route = match["route"].strip("'\".,")
    for name, _, after in moves:
        if after is not None and route_of(name) == route and field in after.body:
            yield name
