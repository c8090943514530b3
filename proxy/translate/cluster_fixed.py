"""The clusters that every proxy has: what passes through, and what leads nowhere. Pure rules.

Source: istio pilot/pkg/networking/core/cluster_builder.go (buildDefaultPassthroughCluster, buildBlackHoleCluster).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.core.v3 import address_pb2

from pipeline.derive import View
from proxy.encoded import Encoded, encoded
from proxy.naming import BLACKHOLE_CLUSTER, INBOUND_PASSTHROUGH_CLUSTER, PASSTHROUGH_CLUSTER
from proxy.ref import Ref
from proxy.registry.traffic_policy import NO_POLICY
from proxy.resource_type import ResourceType
from proxy.translate.cluster_pool import (
    HTTP_PROTOCOL_OPTIONS,
    UpstreamHttp,
    circuit_breakers,
    connection_options,
    protocol_options,
    seconds,
)
from proxy.translate.cluster_settings import cluster_settings

INBOUND_SOURCE: Final = "127.0.0.6"
"""Where inbound connections to the workload come from, so that they are not captured again."""
_Cluster = cluster_pb2.Cluster


def fixed_refs(*, router: bool) -> tuple[Ref, ...]:
    """The fixed clusters of a kind of proxy, by name."""
    names = (BLACKHOLE_CLUSTER,) if router else (BLACKHOLE_CLUSTER, INBOUND_PASSTHROUGH_CLUSTER, PASSTHROUGH_CLUSTER)
    return tuple(Ref(name, fixed_cluster, name) for name in names)


def fixed_cluster(view: View, name: str) -> Encoded:
    """A fixed cluster (a rule)."""
    settings = view.derive(cluster_settings, None)
    cluster = _Cluster(
        name=name,
        connect_timeout=seconds(settings.connect_timeout),
        circuit_breakers=circuit_breakers(NO_POLICY),
        upstream_connection_options=connection_options(None, settings.tcp_keepalive),
    )
    if name == BLACKHOLE_CLUSTER:
        cluster.type = _Cluster.STATIC
    else:
        set_original_destination(cluster)
        cluster.typed_extension_protocol_options[HTTP_PROTOCOL_OPTIONS].CopyFrom(
            protocol_options(UpstreamHttp(as_downstream=True))
        )
    if name == INBOUND_PASSTHROUGH_CLUSTER:
        bind_inbound(cluster)
    return encoded(ResourceType.CLUSTER, name, cluster.SerializeToString(deterministic=True))


def set_original_destination(cluster: Any) -> None:  # noqa: ANN401  untyped messages
    """Send every connection to where it was going."""
    cluster.type = _Cluster.ORIGINAL_DST
    cluster.lb_policy = _Cluster.CLUSTER_PROVIDED
    cluster.cleanup_interval.CopyFrom(seconds(timedelta(seconds=60)))


def bind_inbound(cluster: Any) -> None:  # noqa: ANN401  untyped messages
    """Come from the address of inbound connections."""
    cluster.upstream_bind_config.source_address.CopyFrom(
        address_pb2.SocketAddress(address=INBOUND_SOURCE, port_value=0)
    )
