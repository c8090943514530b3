"""The cluster of a port and subset of a service, as clients get it. Pure rules.

A cluster's key holds what was resolved for the client (the service, the rules that apply, the kind of proxy), never
the client itself, so that clients everywhere share it.
Source: istio pilot/pkg/networking/core/cluster.go and cluster_builder.go.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, NamedTuple

from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.core.v3 import config_source_pb2
from envoy.extensions.clusters.dynamic_forward_proxy.v3 import cluster_pb2 as dynamic_pb2
from envoy.extensions.common.dynamic_forward_proxy.v3 import dns_cache_pb2
from google.protobuf import any_pb2

from pipeline.derive import View
from proxy.encoded import Encoded, encoded
from proxy.naming import outbound_cluster, sni_cluster
from proxy.registry.destination_rules import MergedRule, RuleKeys, merged_rule
from proxy.registry.endpoints import endpoints_of
from proxy.registry.placement import Placement, is_weighted, plan_of
from proxy.registry.service import Port, PortKey, Protocol, Service
from proxy.registry.services import HostIn, service_in
from proxy.registry.traffic_policy import Policy, policy_at
from proxy.resource_type import ResourceType
from proxy.translate.cluster_balance import outlier_detection, set_balancer
from proxy.translate.cluster_inline import inline_assignment
from proxy.translate.cluster_metadata import cluster_metadata
from proxy.translate.cluster_peers import accounts_of, peers_of
from proxy.translate.cluster_pool import (
    HTTP_PROTOCOL_OPTIONS,
    UpstreamHttp,
    circuit_breakers,
    connection_options,
    http_of,
    protocol_options,
    seconds,
    tcp_of,
)
from proxy.translate.cluster_settings import ClusterSettings, cluster_settings, locality_setting, stat_name
from proxy.translate.cluster_tls import Peer, automatic_sockets, has_authority, transport_socket, with_proxy_protocol
from proxy.translate.cluster_type import Discovery, discovery_of

DNS_CACHE: Final = "dynamic-dns"
_Cluster = cluster_pb2.Cluster
_TYPES: Final = {
    Discovery.EDS: _Cluster.EDS,
    Discovery.STRICT_DNS: _Cluster.STRICT_DNS,
    Discovery.LOGICAL_DNS: _Cluster.LOGICAL_DNS,
    Discovery.ORIGINAL_DST: _Cluster.ORIGINAL_DST,
}
_EDS: Final = _Cluster.EdsClusterConfig(
    eds_config=config_source_pb2.ConfigSource(
        ads=config_source_pb2.AggregatedConfigSource(), resource_api_version=config_source_pb2.V3
    )
)


class ClusterKey(NamedTuple):
    """What a cluster is made of; `sni` is for the clusters behind AUTO_PASSTHROUGH, which add no TLS of their own.

    `placement` is where the client is, set only for clusters whose own endpoints depend on it.
    """

    namespace: str
    host: str
    port: int
    subset: str = ""
    rules: RuleKeys = ()
    router: bool = False
    agent: bool = False
    sni: bool = False
    placement: Placement | None = None

    @property
    def name(self) -> str:
        """The cluster's name."""
        make = sni_cluster if self.sni else outbound_cluster
        return make(self.port, self.subset, self.host)

    def placed(self, placement: Placement) -> ClusterKey:
        """The same for clients at a placement."""
        return ClusterKey(*self[:-1], placement)


class _Parts(NamedTuple):
    """All that a cluster is built from."""

    key: ClusterKey
    service: Service
    port: Port
    rule: MergedRule | None
    policy: Policy
    discovery: Discovery
    settings: ClusterSettings


def outbound_cluster_of(view: View, key: ClusterKey) -> Encoded | None:
    """The cluster; None where the service, port or subset is gone, or nothing could ever answer (a rule)."""
    parts = _parts(view, key)
    if parts is None:
        return None
    cluster = _Cluster(
        name=key.name,
        alt_stat_name=stat_name(parts.settings.outbound_stat_name, parts.service, key.port, key.subset),
        connect_timeout=seconds(tcp_of(parts.policy.connection_pool).connect_timeout or parts.settings.connect_timeout),
        circuit_breakers=circuit_breakers(parts.policy),
        upstream_connection_options=connection_options(parts.policy.connection_pool, parts.settings.tcp_keepalive),
        metadata=cluster_metadata(
            [parts.service], parts.rule.keys[0] if parts.rule is not None else None, key.subset, key.port
        ),
    )
    _set_balancing(view, cluster, parts)
    if not _set_discovery(view, cluster, parts):
        return None
    http = _upstream_http(parts)
    if not key.sni:
        http = _set_security(view, cluster, parts, http)
    if parts.discovery is Discovery.DYNAMIC:
        http = replace(http, auto_sni=True, auto_san=True)  # Envoy takes such a cluster with nothing less
    if not http.is_default:
        cluster.typed_extension_protocol_options[HTTP_PROTOCOL_OPTIONS].CopyFrom(protocol_options(http))
    return encoded(ResourceType.CLUSTER, key.name, cluster.SerializeToString(deterministic=True))


def _parts(view: View, key: ClusterKey) -> _Parts | None:
    service = view.derive(service_in, HostIn(key.namespace, key.host))
    port = service.port(key.port) if service is not None else None
    rule = view.derive(merged_rule, key.rules) if key.rules else None
    if service is None or port is None:
        return None
    if key.subset and (rule is None or rule.subset(key.subset) is None):
        return None
    policy = policy_at(rule, key.port, key.subset)
    discovery = discovery_of(service, policy, router=key.router)
    if discovery is None:
        return None
    return _Parts(key, service, port, rule, policy, discovery, view.derive(cluster_settings, None))


def _set_balancing(view: View, cluster: Any, parts: _Parts) -> None:  # noqa: ANN401  untyped messages
    policy = parts.policy
    if policy.outlier_detection is not None:
        cluster.outlier_detection.CopyFrom(outlier_detection(policy.outlier_detection))
        healthy = max(0, min(policy.outlier_detection.min_health_percent, 100))
        cluster.common_lb_config.healthy_panic_threshold.value = healthy
    if parts.discovery in (Discovery.ORIGINAL_DST, Discovery.DYNAMIC):
        cluster.lb_policy = _Cluster.CLUSTER_PROVIDED
        return
    set_balancer(cluster, policy.load_balancer)
    if is_weighted(policy, view.derive(locality_setting, None)):
        cluster.common_lb_config.locality_weighted_lb_config.SetInParent()


def _set_discovery(view: View, cluster: Any, parts: _Parts) -> bool:  # noqa: ANN401  untyped messages
    """Set how endpoints are found; False where there can be none."""
    if parts.discovery is Discovery.DYNAMIC:
        _set_dynamic(cluster)
        return parts.port.protocol.is_http or parts.port.protocol.is_tls
    cluster.type = _TYPES[parts.discovery]
    if parts.discovery is Discovery.EDS:
        cluster.eds_cluster_config.CopyFrom(_EDS)
    elif parts.discovery is Discovery.ORIGINAL_DST:
        target = parts.port.target
        if isinstance(target, int) and target != parts.port.number and not parts.service.kubernetes:
            cluster.original_dst_lb_config.upstream_port_override.value = target
    else:
        cluster.respect_dns_ttl = True
        cluster.dns_refresh_rate.CopyFrom(seconds(parts.settings.dns_refresh_rate))
        cluster.dns_lookup_family = _Cluster.V4_PREFERRED
        return _set_endpoints(view, cluster, parts)
    return True


def _set_endpoints(view: View, cluster: Any, parts: _Parts) -> bool:  # noqa: ANN401  untyped messages
    """Put the names to resolve into the cluster."""
    key = parts.key
    subset = parts.rule.subset(key.subset) if parts.rule is not None and key.subset else None
    labels = frozenset(subset.labels.items()) if subset is not None else frozenset()
    endpoints = view.derive(endpoints_of, PortKey(parts.service.key, key.host, key.port))
    plan = plan_of(parts.policy, view.derive(locality_setting, None))
    chosen = [endpoint for endpoint in endpoints if labels <= frozenset(endpoint.labels)]
    found = inline_assignment(key.name, chosen, plan, key.placement, single=parts.discovery is Discovery.LOGICAL_DNS)
    if found is None:
        return False
    cluster.load_assignment.CopyFrom(found)
    return True


def _set_dynamic(cluster: Any) -> None:  # noqa: ANN401  untyped messages
    config = dynamic_pb2.ClusterConfig(
        dns_cache_config=dns_cache_pb2.DnsCacheConfig(name=DNS_CACHE, dns_lookup_family=_Cluster.V4_PREFERRED)
    )
    packed = any_pb2.Any()
    packed.Pack(config, deterministic=True)
    cluster.cluster_type.name = "envoy.clusters.dynamic_forward_proxy"
    cluster.cluster_type.typed_config.CopyFrom(packed)


def _upstream_http(parts: _Parts) -> UpstreamHttp:
    """How the cluster speaks HTTP, from the port's protocol and the pool."""
    http = http_of(parts.policy.connection_pool)
    protocol = parts.port.protocol
    upgraded = http.h2_upgrade_policy == "UPGRADE" or (
        http.h2_upgrade_policy == "DEFAULT" and parts.settings.h2_upgrade
    )
    as_downstream = http.use_client_protocol or protocol is Protocol.AUTO
    return UpstreamHttp(
        http2=protocol.is_http2 or (upgraded and protocol is Protocol.HTTP),
        as_downstream=as_downstream and not (protocol.is_http2 and not http.use_client_protocol),
        idle_timeout=http.idle_timeout,
        max_connection_duration=tcp_of(parts.policy.connection_pool).max_connection_duration,
        max_requests_per_connection=http.max_requests_per_connection,
        max_concurrent_streams=http.max_concurrent_streams,
    )


def _set_security(
    view: View,
    cluster: Any,  # noqa: ANN401  untyped messages
    parts: _Parts,
    http: UpstreamHttp,
) -> UpstreamHttp:
    """Set the transport sockets; the result is the HTTP options with what TLS asks of them."""
    key, policy, settings = parts.key, parts.policy, parts.settings
    port = PortKey(parts.service.key, key.host, key.port)
    peer = Peer(sni=sni_cluster(key.port, key.subset, key.host), http2=http.http2, agent=key.agent)
    tls = policy.tls
    if tls is None:
        if _is_automatic(parts) and (peers := view.derive(peers_of, port)).mutual_tls:
            mutual = replace(peer, sans=accounts_of(parts.service, peers, settings.trust_domain))
            cluster.transport_socket_matches.extend(automatic_sockets(mutual))
            return http
    elif tls.mode == "ISTIO_MUTUAL":
        peer = replace(peer, sans=accounts_of(parts.service, view.derive(peers_of, port), settings.trust_domain))
    elif tls.mode in ("SIMPLE", "MUTUAL"):
        peer = replace(peer, sans=parts.service.subject_alt_names)
        if not tls.sni and (parts.port.protocol.is_http or parts.port.protocol is Protocol.AUTO):
            verified = has_authority(tls) and not (tls.subject_alt_names or peer.sans)
            http = replace(http, auto_sni=True, auto_san=verified)
    socket = transport_socket(tls, peer)
    if policy.proxy_protocol is not None:
        socket = with_proxy_protocol(socket, policy.proxy_protocol.version)
    if socket is not None:
        cluster.transport_socket.CopyFrom(socket)
    return http


def _is_automatic(parts: _Parts) -> bool:
    """Whether Istio's mutual TLS may be used without being asked for."""
    return parts.settings.auto_mtls and not parts.service.mesh_external and parts.discovery is Discovery.EDS
