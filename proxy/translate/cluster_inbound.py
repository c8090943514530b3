"""The clusters of the proxy's own workload: one for each port that it serves. Pure rules.

A connection goes on to the address it came for, from an address that is not captured again; to localhost where the
mesh says so or nothing is captured; where a Sidecar's ingress listener says otherwise, to its `defaultEndpoint`. Of a
DestinationRule only the connection pool counts, and a Sidecar's pool before it.
Source: istio pilot/pkg/networking/core/cluster.go (buildInboundClusters) and cluster_builder.go (buildInboundCluster).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.core.v3 import address_pb2
from envoy.config.endpoint.v3 import endpoint_components_pb2, endpoint_pb2

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.encoded import Encoded, encoded
from proxy.naming import inbound_cluster, is_ip
from proxy.ref import Ref
from proxy.registry.destination_rules import merged_rule, rules_for
from proxy.registry.protocols import parse_protocol
from proxy.registry.service import Protocol, Service, ServiceInstance
from proxy.registry.services import HostIn, service_in
from proxy.registry.traffic_policy import Policy, policy_at
from proxy.registry.vantage import SeenHost, Vantage
from proxy.resource_type import ResourceType
from proxy.translate.cluster_fixed import bind_inbound, set_original_destination
from proxy.translate.cluster_metadata import cluster_metadata
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
from proxy.translate.cluster_settings import ClusterSettings, cluster_settings, stat_name
from proxy.typed import typed_as
from schemas.kinds.sidecar import IstioIngressListener, Sidecar
from schemas.types.connection_pool import ConnectionPoolSettings

_Cluster = cluster_pb2.Cluster
_LOCALHOST = "127.0.0.1"
_OWN_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  how `defaultEndpoint` writes the workload's own address


class InboundKey(NamedTuple):
    """A port of the workload: the port's number, the ports of services it serves, and how traffic is captured."""

    port: int
    instances: tuple[ServiceInstance, ...]
    vantage: Vantage
    captured: bool = True
    ingress: bool = False


def inbound_refs(view: View, wanted: tuple[tuple[ServiceInstance, ...], Vantage, bool]) -> tuple[Ref, ...]:
    """The inbound clusters of a workload that serves these instances, by name (a rule)."""
    instances, vantage, captured = wanted
    listeners = view.derive(ingress_listeners, vantage.sidecar) if vantage.sidecar is not None else ()
    if listeners:
        keys = [
            InboundKey(listener.port.number, instances, vantage, captured, ingress=True)
            for listener in {listener.port.number: listener for listener in reversed(listeners)}.values()
        ]
    else:
        ports = dict.fromkeys(instance.target_port for instance in instances)
        keys = [
            InboundKey(port, tuple(item for item in instances if item.target_port == port), vantage, captured)
            for port in ports
        ]
    found = (Ref(inbound_cluster(key.port), inbound_cluster_of, key) for key in keys if key.port)
    return tuple(sorted(found, key=lambda ref: ref.name))


def ingress_listeners(view: View, sidecar: Key) -> tuple[IstioIngressListener, ...]:
    """The ingress listeners of a Sidecar (a rule)."""
    spec = typed_as(view, sidecar, Sidecar)
    return spec.ingress if spec is not None else ()


def inbound_cluster_of(view: View, key: InboundKey) -> Encoded | None:
    """The cluster of a port of the workload (a rule)."""
    settings = view.derive(cluster_settings, None)
    listener = _listener(view, key)
    if key.ingress and listener is None:
        return None
    services = _services(view, key)
    pool, protocol = _pool(view, key, listener), _protocol(key, listener, services)
    policy = Policy(connection_pool=pool)
    cluster = _Cluster(
        name=inbound_cluster(key.port),
        connect_timeout=seconds(tcp_of(pool).connect_timeout or settings.connect_timeout),
        circuit_breakers=circuit_breakers(policy),
        upstream_connection_options=connection_options(pool, None),
        metadata=cluster_metadata(services),
    )
    if services and key.instances:
        port = key.instances[0].port
        cluster.alt_stat_name = stat_name(settings.inbound_stat_name, services[0], port, target_port=key.port)
    _set_target(cluster, key, listener, settings)
    http = _upstream_http(pool, protocol)
    if not http.is_default:
        cluster.typed_extension_protocol_options[HTTP_PROTOCOL_OPTIONS].CopyFrom(protocol_options(http))
    return encoded(ResourceType.CLUSTER, cluster.name, cluster.SerializeToString(deterministic=True))


def _listener(view: View, key: InboundKey) -> IstioIngressListener | None:
    if not key.ingress or key.vantage.sidecar is None:
        return None
    listeners = view.derive(ingress_listeners, key.vantage.sidecar)
    return next((listener for listener in listeners if listener.port.number == key.port), None)


def _services(view: View, key: InboundKey) -> list[Service]:
    """The services of the port, each once, the oldest first."""
    names = dict.fromkeys(HostIn(item.service.namespace, item.host) for item in _serving(key))
    found = (view.derive(service_in, name) for name in names)
    return [service for service in found if service is not None]


def _serving(key: InboundKey) -> tuple[ServiceInstance, ...]:
    """The instances of the port: with ingress listeners, those of that port, by either number."""
    if not key.ingress:
        return key.instances
    return tuple(item for item in key.instances if key.port in (item.target_port, item.port))


def _protocol(key: InboundKey, listener: IstioIngressListener | None, services: list[Service]) -> Protocol:
    if listener is not None:
        return parse_protocol(listener.port.protocol)
    port = services[0].port(key.instances[0].port) if services else None
    return port.protocol if port is not None else Protocol.AUTO


def _pool(view: View, key: InboundKey, listener: IstioIngressListener | None) -> ConnectionPoolSettings | None:
    """The pool of the ingress listener, else of the Sidecar, else of the DestinationRule for the first service."""
    if listener is not None and listener.connection_pool is not None:
        return listener.connection_pool
    spec = typed_as(view, key.vantage.sidecar, Sidecar) if key.vantage.sidecar is not None else None
    if spec is not None and spec.inbound_connection_pool is not None:
        return spec.inbound_connection_pool
    serving = _serving(key)
    if not serving:
        return None
    rule = view.derive(merged_rule, view.derive(rules_for, SeenHost(key.vantage, serving[0].host)))
    return policy_at(rule, serving[0].port).connection_pool


def _upstream_http(pool: ConnectionPoolSettings | None, protocol: Protocol) -> UpstreamHttp:
    http = http_of(pool)
    return UpstreamHttp(
        http2=protocol.is_http2,
        as_downstream=protocol is Protocol.AUTO or http.use_client_protocol,
        idle_timeout=http.idle_timeout,
        max_connection_duration=tcp_of(pool).max_connection_duration,
        max_requests_per_connection=http.max_requests_per_connection,
        max_concurrent_streams=http.max_concurrent_streams,
    )


def _set_target(
    cluster: Any,  # noqa: ANN401  untyped messages
    key: InboundKey,
    listener: IstioIngressListener | None,
    settings: ClusterSettings,
) -> None:
    """Set where the connections go."""
    target = _default_endpoint(listener.default_endpoint) if listener is not None else None
    port = (_own_port(listener.default_endpoint) if listener is not None else 0) or key.port
    if target is None and key.captured and settings.inbound_passthrough:
        set_original_destination(cluster)
        bind_inbound(cluster)
        if port != key.port:
            cluster.original_dst_lb_config.upstream_port_override.value = port
        return
    if target is None:
        target = address_pb2.Address(socket_address=address_pb2.SocketAddress(address=_LOCALHOST, port_value=port))
    endpoint = endpoint_components_pb2.LbEndpoint(endpoint=endpoint_components_pb2.Endpoint(address=target))
    group = endpoint_components_pb2.LocalityLbEndpoints(lb_endpoints=[endpoint])
    cluster.type = _Cluster.STATIC
    cluster.load_assignment.CopyFrom(endpoint_pb2.ClusterLoadAssignment(cluster_name=cluster.name, endpoints=[group]))


def _default_endpoint(text: str) -> address_pb2.Address | None:
    """`127.0.0.1:PORT`, `[::1]:PORT` or `unix://PATH`; None for the workload's own address, and for what is neither."""
    if text.startswith("unix://"):
        return address_pb2.Address(pipe=address_pb2.Pipe(path=text.removeprefix("unix://")))
    host, port = _split(text)
    if not is_ip(host) or not port or host in _OWN_ADDRESS:
        return None
    return address_pb2.Address(socket_address=address_pb2.SocketAddress(address=host, port_value=port))


def _own_port(text: str) -> int:
    """The port of `0.0.0.0:PORT`, another port of the workload's own address; 0 for anything else."""
    host, port = _split(text)
    return port if host in _OWN_ADDRESS else 0


def _split(text: str) -> tuple[str, int]:
    host, _, number = text.rpartition(":")
    valid = number.isdecimal() and 0 < int(number) < 1 << 16
    return host.strip("[]"), int(number) if valid else 0
