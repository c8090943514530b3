"""Copies of the traffic: mirrors to RequestMirrorPolicy. Pure.

No percentage means all; an explicit zero means none.
Source: istio pilot/pkg/networking/core/route/route.go (MirrorPercent, TranslateRequestMirrorPolicy).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from envoy.config.core.v3.base_pb2 import RuntimeFractionalPercent
from envoy.config.route.v3.route_components_pb2 import RouteAction
from google.protobuf.wrappers_pb2 import BoolValue

from proxy.translate.route_percent import always, fine_percent, whole_percent
from proxy.translate.route_site import Resolved, Target
from proxy.translate.route_target import target_of
from schemas.kinds.virtual_service import HTTPRoute
from schemas.types.destination import Destination
from schemas.types.percent import Percent


def mirror_policies(route: HTTPRoute, targets: Mapping[Target, Resolved]) -> Iterator[RouteAction.RequestMirrorPolicy]:
    """The policies of `mirror`, then of `mirrors`."""
    if route.mirror is not None:
        yield from _policy(route.mirror, _share_of_mirror(route), targets)
    for mirror in route.mirrors:
        yield from _policy(mirror.destination, _share(mirror.percentage), targets)


def _policy(
    destination: Destination, share: RuntimeFractionalPercent | None, targets: Mapping[Target, Resolved]
) -> Iterator[RouteAction.RequestMirrorPolicy]:
    if share is not None:
        cluster = targets[target_of(destination)].cluster
        no_trace = BoolValue(value=False)
        yield RouteAction.RequestMirrorPolicy(cluster=cluster, runtime_fraction=share, trace_sampled=no_trace)


def _share_of_mirror(route: HTTPRoute) -> RuntimeFractionalPercent | None:
    if route.mirror_percentage is None and route.mirror_percent is not None:
        if not route.mirror_percent:
            return None
        return RuntimeFractionalPercent(default_value=whole_percent(route.mirror_percent))
    return _share(route.mirror_percentage)


def _share(percentage: Percent | None) -> RuntimeFractionalPercent | None:
    if percentage is None:
        return always()
    return RuntimeFractionalPercent(default_value=fine_percent(percentage.value)) if percentage.value > 0 else None
