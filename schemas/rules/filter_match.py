"""Rules of what an EnvoyFilter matches inside of listeners and waypoints. Pure.

Source: Istio's `ValidateEnvoyFilter`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas.envoy.filter_names import CURRENT_NAMES
from schemas.fault import Fault, invalid, warned
from schemas.kinds.envoy_filter import FilterMatch, WaypointMatch
from schemas.rules.ports import port_problem

HTTP_CONNECTION_MANAGERS: Final = ("envoy.filters.network.http_connection_manager", "envoy.http_connection_manager")
"""The names of the network filter that HTTP filters are in."""

_NOT_OF_WAYPOINTS: Final = frozenset({"LISTENER", "LISTENER_FILTER", "BOOTSTRAP", "EXTENSION_CONFIG"})
_WITHOUT_FILTER: Final = frozenset({"ROUTE_CONFIGURATION", "VIRTUAL_HOST", "HTTP_ROUTE", "CLUSTER"})
_WITHOUT_ROUTE: Final = frozenset({"FILTER_CHAIN", "NETWORK_FILTER", "HTTP_FILTER", "CLUSTER"})


def check_filter_match(match: FilterMatch, apply_to: str, path: str) -> Iterator[Fault]:
    """A name; a filter inside of it only where that is the HTTP connection manager, and HTTP filters are patched."""
    if not match.name:
        yield invalid(f"{path}.name", "the name of the filter is missing")
        return
    sub = match.sub_filter
    if sub is not None and apply_to != "HTTP_FILTER":
        yield invalid(
            f"{path}.subFilter", f"a filter inside of a filter is matched for HTTP_FILTER, not for {apply_to}"
        )
    elif sub is not None and match.name not in HTTP_CONNECTION_MANAGERS:
        yield invalid(
            f"{path}.name", f"`subFilter` needs the filter {HTTP_CONNECTION_MANAGERS[0]}, not {match.name[:80]}"
        )
    elif sub is not None and not sub.name:
        yield invalid(f"{path}.subFilter.name", "the name of the filter is missing")
    for name, where in ((match.name, path), (sub.name if sub is not None else "", f"{path}.subFilter")):
        if name in CURRENT_NAMES:
            yield warned(f"{where}.name", f"`{name}` is a former name of the filter", f"use `{CURRENT_NAMES[name]}`")


def check_waypoint(waypoint: WaypointMatch | None, apply_to: str, path: str) -> Iterator[Fault]:
    """Only what a waypoint has is patched, and matched by what it is in; `path` is that of the whole match."""
    if apply_to in _NOT_OF_WAYPOINTS:
        yield invalid(f"{path}.context", f"{apply_to} cannot be patched in waypoints")
    if waypoint is None:
        return
    where = f"{path}.waypoint"
    if waypoint.port_number is not None and (problem := port_problem(waypoint.port_number)):
        yield invalid(f"{where}.portNumber", problem)
    if waypoint.route is not None and apply_to in _WITHOUT_ROUTE:
        yield invalid(f"{where}.route", f"{apply_to} is not matched by a route")
    if waypoint.filter is not None and apply_to in _WITHOUT_FILTER:
        yield invalid(f"{where}.filter", f"{apply_to} is not matched by a filter")
    elif apply_to == "HTTP_FILTER":
        yield from _check_http_filter(waypoint.filter, f"{where}.filter")
    elif waypoint.filter is not None:
        yield from check_filter_match(waypoint.filter, apply_to, f"{where}.filter")


def _check_http_filter(match: FilterMatch | None, path: str) -> Iterator[Fault]:
    if match is None:
        yield invalid(path, "HTTP_FILTER is matched by a filter", f"such as name: {HTTP_CONNECTION_MANAGERS[0]}")
    elif match.name not in HTTP_CONNECTION_MANAGERS:
        yield invalid(f"{path}.name", f"HTTP filters are in {HTTP_CONNECTION_MANAGERS[0]}, not in `{match.name[:80]}`")
    elif match.sub_filter is None or not match.sub_filter.name:
        yield invalid(f"{path}.subFilter.name", "the name of the HTTP filter is missing")
    else:
        yield from check_filter_match(match, "HTTP_FILTER", path)
