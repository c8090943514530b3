"""Destinations of routes as `Target`s: what a VirtualService sends traffic to. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from proxy.translate.route_site import Target
from schemas.kinds.virtual_service import HTTPRoute
from schemas.types.destination import Destination


def target_of(destination: Destination) -> Target:
    """The target that a destination names; its host is taken as it is written."""
    port = destination.port.number if destination.port is not None else 0
    return Target(destination.host, destination.subset, port)


def targets_of(routes: Iterable[HTTPRoute]) -> tuple[Target, ...]:
    """Every target of the routes and of their mirrors, sorted, each once."""
    found: set[Target] = set()
    for route in routes:
        found.update(target_of(each.destination) for each in route.route)
        found.update(target_of(mirror.destination) for mirror in route.mirrors)
        if route.mirror is not None:
            found.add(target_of(route.mirror))
    return tuple(sorted(found))
