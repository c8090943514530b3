"""Which of the refused resources a NACK's words point at. Pure.

Envoy's words name clusters and listeners ("Error adding/updating cluster(s) a: ..., b: ..."), and of virtual hosts only
the domain and the route configuration ("Duplicate entry of domain a.example in route 80"), never the host. Names that
are too short to be told from a port or a line number count only where they are quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from proxy.encoded import Encoded
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
    found = _domain(reason)
    if found is None:
        return
    route, field = found
    for name, _, after in moves:
        if after is not None and route_of(name) == route and field in after.body:
            yield name


def _domain(reason: str) -> tuple[str, bytes] | None:
    """Return the route configuration and the domain, as an encoded field, that a reason says is there twice."""
    match = _DOMAIN.search(reason)
    domain = match["domain"] if match else "*"
    match = match or _WILDCARD.search(reason)
    if match is None:
        return None
    return match["route"].strip("'\".,"), frame(_DOMAINS, domain.strip("'\"").encode())


def may_be_over(type_: ResourceType, reason: str, moves: Sequence[Move]) -> bool:
    """Whether a refusal for these reasons may no longer hold after the client accepted the moves.

    True where another virtual host gave up the domain, or a listener went or changed that may have had the address.
    """
    freed = [move for move in moves if move.before is not None]
    if type_ is ResourceType.LISTENER:
        return bool(freed) and "address" in reason
    found = _domain(reason) if type_ is ResourceType.VIRTUAL_HOST else None
    if found is None:
        return False
    route, field = found
    return any(
        route_of(name) == route and not (isinstance(before, Encoded) and field not in before.body)
        for name, before, after in freed
        if after is None or field not in after.body
    )
