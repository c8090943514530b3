"""Rules of EnvoyFilter. Pure. Source: Istio's `ValidateEnvoyFilter` and the rules of the CRD.

Which operations fit which objects is no part of this: Istio's analyzers tell (IST0151 to IST0155), and ours do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from schemas.envoy.message_types import message_type
from schemas.envoy.message_value import check_message
from schemas.fault import Fault, invalid, warned
from schemas.kinds.envoy_filter import (
    EnvoyConfigObjectMatch,
    EnvoyConfigObjectPatch,
    EnvoyFilter,
    ListenerMatch,
)
from schemas.rules.filter_match import check_filter_match, check_waypoint
from schemas.rules.labels import check_selector
from schemas.rules.policy_target import check_target_references
from schemas.rules.regex import check_cost, re2_problem

MESSAGES: Final[Mapping[str, str]] = {
    "CLUSTER": "envoy.config.cluster.v3.Cluster",
    "LISTENER": "envoy.config.listener.v3.Listener",
    "ROUTE_CONFIGURATION": "envoy.config.route.v3.RouteConfiguration",
    "FILTER_CHAIN": "envoy.config.listener.v3.FilterChain",
    "HTTP_FILTER": "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
    "NETWORK_FILTER": "envoy.config.listener.v3.Filter",
    "VIRTUAL_HOST": "envoy.config.route.v3.VirtualHost",
    "HTTP_ROUTE": "envoy.config.route.v3.Route",
    "EXTENSION_CONFIG": "envoy.config.core.v3.TypedExtensionConfig",
    "BOOTSTRAP": "envoy.config.bootstrap.v3.Bootstrap",
    "LISTENER_FILTER": "envoy.config.listener.v3.ListenerFilter",
}
"""The message that a patch of each kind of objects has as its value."""

_MATCHES: Final[Mapping[str, str]] = {
    "LISTENER": "listener",
    "FILTER_CHAIN": "listener",
    "NETWORK_FILTER": "listener",
    "HTTP_FILTER": "listener",
    "ROUTE_CONFIGURATION": "routeConfiguration",
    "VIRTUAL_HOST": "routeConfiguration",
    "HTTP_ROUTE": "routeConfiguration",
    "CLUSTER": "cluster",
}


def check_envoy_filter(envoy_filter: EnvoyFilter, path: str, namespace: str) -> Iterator[Fault]:
    """A target, and patches whose match and value fit the objects that they are for."""
    del namespace
    if envoy_filter.workload_selector is not None:
        scope = ": the patches apply to every workload of the namespace"
        yield from check_selector(envoy_filter.workload_selector.labels, f"{path}.workloadSelector", scope=scope)
        if envoy_filter.target_refs:
            yield invalid(f"{path}.targetRefs", "only one of targetRefs and workloadSelector may be set")
    yield from check_target_references(envoy_filter.target_refs, f"{path}.targetRefs")
    for index, patch in enumerate(envoy_filter.config_patches):
        yield from _check_patch(patch, f"{path}.configPatches[{index}]")


def _check_patch(entry: EnvoyConfigObjectPatch, path: str) -> Iterator[Fault]:
    patch = entry.patch
    if entry.apply_to == "INVALID":
        yield invalid(f"{path}.applyTo", "`applyTo` is missing: it says what is patched, such as HTTP_FILTER")
    if patch is None:
        yield invalid(f"{path}.patch", "the patch is missing")
    elif patch.operation == "INVALID":
        yield invalid(f"{path}.patch.operation", "the operation is missing, such as MERGE")
    elif patch.operation != "REMOVE" and patch.value is None:
        yield invalid(f"{path}.patch.value", f"the operation {patch.operation} needs a value")
    if entry.apply_to == "INVALID":
        return
    if entry.match is not None:
        yield from _check_match(entry.match, entry.apply_to, f"{path}.match")
    message = message_type(MESSAGES[entry.apply_to])
    if patch is not None and patch.value is not None and message is not None:
        yield from check_message(patch.value, message, f"{path}.patch.value")


def _check_match(match: EnvoyConfigObjectMatch, apply_to: str, path: str) -> Iterator[Fault]:
    if match.proxy is not None and match.proxy.proxy_version:
        version = match.proxy.proxy_version
        if problem := re2_problem(version):
            yield invalid(f"{path}.proxy.proxyVersion", problem)
        yield from check_cost(version, f"{path}.proxy.proxyVersion")
    given = {
        name: value
        for name, value in (
            ("listener", match.listener),
            ("routeConfiguration", match.route_configuration),
            ("cluster", match.cluster),
        )
        if value is not None
    }
    if match.waypoint is not None and match.context != "WAYPOINT":
        yield invalid(f"{path}.waypoint", "a match of waypoints needs `context: WAYPOINT`")
    if match.context == "WAYPOINT":
        for name in given:
            yield invalid(f"{path}.{name}", "with `context: WAYPOINT`, the match is `waypoint`")
    wanted = _MATCHES.get(apply_to)
    for name in given if wanted is not None else ():
        if name != wanted:
            yield invalid(f"{path}.{name}", f"{apply_to} is matched by `{wanted}`, not by `{name}`")
    if match.listener is not None and wanted == "listener":
        yield from _check_listener(match.listener, apply_to, f"{path}.listener")
    if match.context == "WAYPOINT":
        yield from check_waypoint(match.waypoint, apply_to, path)


def _check_listener(listener: ListenerMatch, apply_to: str, path: str) -> Iterator[Fault]:
    chain = listener.filter_chain
    if chain is None or chain.filter is None:
        return
    where = f"{path}.filterChain.filter"
    if apply_to in {"LISTENER", "FILTER_CHAIN"}:
        yield warned(where, f"a match of filters has no effect on {apply_to}")
    yield from check_filter_match(chain.filter, apply_to, where)
