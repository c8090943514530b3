"""Forwarding: what a route with destinations does, to RouteAction. Pure.

A single destination takes everything, whatever its weight; among several, one of weight 0 takes nothing.
Source: istio pilot/pkg/networking/core/route/route.go (applyHTTPRouteDestination, setTimeout).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from envoy.config.route.v3.route_components_pb2 import Route, RouteAction, WeightedCluster
from google.protobuf.duration_pb2 import Duration
from google.protobuf.wrappers_pb2 import UInt32Value

from proxy.registry.route_semantics import Semantics
from proxy.translate.route_duration import duration, none_negative
from proxy.translate.route_header_text import is_header_name
from proxy.translate.route_headers import header_changes
from proxy.translate.route_mirror import mirror_policies
from proxy.translate.route_regex import substitution
from proxy.translate.route_retry import retry_policy
from proxy.translate.route_site import Resolved, Target
from proxy.translate.route_target import target_of
from schemas.kinds.virtual_service import HTTPRoute, HTTPRouteDestination
from schemas.types.http_action import HTTPRewrite
from schemas.types.http_retry import HTTPRetry

Targets = Mapping[Target, Resolved]
"""What each destination of a VirtualService comes to, at a site."""
_NO_TIMEOUT = Duration()
_WEIGHT_BITS = 32


def forward(out: Route, route: HTTPRoute, targets: Targets, semantics: Semantics, retries: HTTPRetry | None) -> None:
    """Make the route forward to its destinations; `retries` is the mesh's policy, for a route without one.

    Where there is no destination that takes traffic, the route answers 503.
    """
    chosen = [each for each in route.route if len(route.route) == 1 or each.weight > 0]
    if not chosen:
        out.direct_response.status = 503
        return
    changes = header_changes(route.headers)
    changes.put_on(out)
    action = out.route
    _set_timeout(action, route.timeout)
    if semantics is Semantics.GATEWAY:
        action.cluster_not_found_response_code = RouteAction.INTERNAL_SERVER_ERROR
    if route.rewrite is not None:
        _set_rewrite(out, route.rewrite, semantics)
    authority = (route.rewrite.authority if route.rewrite is not None else "") or changes.authority
    if authority and is_header_name(authority):
        action.host_rewrite_literal = authority
    action.request_mirror_policies.extend(mirror_policies(route, targets))
    _set_clusters(out, chosen, targets, weighted=len(route.route) > 1)
    sticky = len(route.route) == 1 and bool(targets[target_of(chosen[0].destination)].hash_policy)
    policy = retry_policy(route.retries if route.retries is not None else retries, sticky=sticky)
    if policy is not None:
        action.retry_policy.CopyFrom(policy)


def forward_plainly(out: Route, cluster: str, hash_policy: bytes, retries: HTTPRetry | None) -> None:
    """Make the route forward to a service as a whole, for which nobody has written a VirtualService."""
    action = out.route
    action.cluster = cluster
    _set_timeout(action, None)
    if hash_policy:
        action.hash_policy.add().ParseFromString(hash_policy)
    policy = retry_policy(retries)
    if policy is not None:
        action.retry_policy.CopyFrom(policy)


def _set_timeout(action: RouteAction, timeout: timedelta | None) -> None:
    """No timeout unless one is asked for; what a gRPC client asks for counts up to it."""
    value = _NO_TIMEOUT if timeout is None else duration(none_negative(timeout))
    action.timeout.CopyFrom(value)
    action.max_grpc_timeout.CopyFrom(value)


def _set_rewrite(out: Route, rewrite: HTTPRewrite, semantics: Semantics) -> None:
    if rewrite.uri_regex_rewrite is not None:
        replaced = substitution(rewrite.uri_regex_rewrite.match, rewrite.uri_regex_rewrite.rewrite)
        if replaced is not None:
            out.route.regex_rewrite.CopyFrom(replaced)
    elif rewrite.uri == "/" and semantics is Semantics.GATEWAY:
        prefix = out.match.path_separated_prefix
        replaced = substitution(f"^{re.escape(prefix)}(/?)(.*)", r"/\2")
        if replaced is not None:
            out.route.regex_rewrite.CopyFrom(replaced)
    elif is_header_name(rewrite.uri):
        out.route.prefix_rewrite = rewrite.uri


def _set_clusters(out: Route, chosen: list[HTTPRouteDestination], targets: Targets, *, weighted: bool) -> None:
    shift = max(0, sum(each.weight for each in chosen).bit_length() - _WEIGHT_BITS)
    for destination in chosen:
        resolved = targets[target_of(destination.destination)]
        if resolved.hash_policy:
            out.route.hash_policy.add().ParseFromString(resolved.hash_policy)
        if weighted:
            out.route.weighted_clusters.clusters.append(_weighted(destination, resolved.cluster, shift))
        else:
            _set_single(out, destination, resolved.cluster)


def _set_single(out: Route, destination: HTTPRouteDestination, cluster: str) -> None:
    out.route.cluster = cluster
    if destination.headers is not None:
        changes = header_changes(destination.headers)
        changes.put_on(out)
        if changes.authority and not out.route.host_rewrite_literal:
            out.route.host_rewrite_literal = changes.authority


def _weighted(destination: HTTPRouteDestination, cluster: str, shift: int) -> WeightedCluster.ClusterWeight:
    """A destination with its share, halved `shift` times, so that all together stay a 32-bit number."""
    out = WeightedCluster.ClusterWeight(name=cluster, weight=UInt32Value(value=destination.weight >> shift))
    if destination.headers is not None:
        changes = header_changes(destination.headers)
        changes.put_on(out)
        if changes.authority:
            out.host_rewrite_literal = changes.authority
    return out
