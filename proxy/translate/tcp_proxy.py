"""The TCP proxy: connections forwarded as they are, to one cluster or to several by weight. Pure.

Source: istio pilot/pkg/networking/core/networkfilter.go (buildOutboundNetworkFilters).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from envoy.config.listener.v3 import listener_components_pb2
from envoy.extensions.filters.network.tcp_proxy.v3 import tcp_proxy_pb2

from proxy.naming import BLACKHOLE_CLUSTER
from proxy.translate.access_log import AccessLogs
from proxy.translate.cluster_pool import seconds
from proxy.translate.packed import packed

_TcpProxy = tcp_proxy_pb2.TcpProxy


class TcpTarget(NamedTuple):
    """A cluster, and its share of the connections."""

    cluster: str
    weight: int = 0


def tcp_proxy(
    targets: Sequence[TcpTarget], stat_prefix: str, logs: AccessLogs, idle_timeout: timedelta | None = None
) -> Any:  # noqa: ANN401  untyped messages
    """The network filter. A connection is reported as soon as it is there, for it may last, and again when it ends."""
    proxy = _TcpProxy(stat_prefix=stat_prefix, access_log=logs.messages())
    weighted = [target for target in targets if target.weight > 0]
    if len(targets) > 1 and weighted:
        for target in weighted:
            proxy.weighted_clusters.clusters.add(name=target.cluster, weight=target.weight)
    else:
        proxy.cluster = targets[0].cluster if targets else BLACKHOLE_CLUSTER
    if idle_timeout is not None and idle_timeout >= timedelta():
        proxy.idle_timeout.CopyFrom(seconds(idle_timeout))
    if logs.streamed:
        proxy.access_log_options.flush_access_log_on_connected = True
    return listener_components_pb2.Filter(name="envoy.filters.network.tcp_proxy", typed_config=packed(proxy))
