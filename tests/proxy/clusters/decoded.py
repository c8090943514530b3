"""What translation makes of a mesh: clusters and load assignments, decoded, and what the real Envoy says of them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from envoy.config.bootstrap.v3.bootstrap_pb2 import Bootstrap
from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.core.v3.base_pb2 import TransportSocket
from envoy.config.core.v3.config_source_pb2 import ApiConfigSource, ApiVersion
from envoy.config.endpoint.v3.endpoint_pb2 import ClusterLoadAssignment
from envoy.extensions.transport_sockets.proxy_protocol.v3.upstream_proxy_protocol_pb2 import (
    ProxyProtocolUpstreamTransport,
)
from envoy.extensions.transport_sockets.tls.v3.tls_pb2 import UpstreamTlsContext
from envoy.extensions.upstreams.http.v3.http_protocol_options_pb2 import HttpProtocolOptions
from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict

from pipeline.derive import Graph
from proxy.scope import Scope
from proxy.translate.clusters import cluster_refs
from proxy.translate.endpoints import endpoint_refs

ENVOY = Path(__file__).parents[3] / ".envoy" / "bin" / "envoy"
HTTP = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def clusters(graph: Graph, scope: Scope) -> dict[str, Any]:
    """The clusters of a scope, by name."""
    found = {}
    for ref in graph.derive(cluster_refs, scope):
        made = graph.derive(ref.rule, ref.key)
        if made is not None:
            found[ref.name] = Cluster.FromString(made.body)
            assert found[ref.name].name == ref.name == made.name
    return found


def assignments(graph: Graph, scope: Scope) -> dict[str, Any]:
    """The load assignments of a scope, by name."""
    found = {}
    for ref in graph.derive(endpoint_refs, scope):
        found[ref.name] = ClusterLoadAssignment.FromString(graph.derive(ref.rule, ref.key).body)
        assert found[ref.name].cluster_name == ref.name
    return found


def as_json(message: Any) -> dict[str, Any]:  # noqa: ANN401  untyped messages
    """A message as its proto3 JSON."""
    return orjson.loads(orjson.dumps(MessageToDict(message)))  # type: ignore[no-any-return]


def http_options(cluster: Any) -> dict[str, Any]:  # noqa: ANN401  untyped messages
    """How a cluster speaks HTTP, as JSON."""
    options = HttpProtocolOptions()
    cluster.typed_extension_protocol_options[HTTP].Unpack(options)
    return as_json(options)


def tls_of(socket: TransportSocket) -> dict[str, Any]:
    """The TLS context of a transport socket, as JSON."""
    context = UpstreamTlsContext()
    assert socket.typed_config.Unpack(context)
    return as_json(context)


def addresses(assignment: Any) -> list[list[str]]:  # noqa: ANN401  untyped messages
    """The endpoints of an assignment, a list for each of its localities: `ADDRESS:PORT`, or a socket's path."""
    return [[_address(item.endpoint.address) for item in group.lb_endpoints] for group in assignment.endpoints]


def _address(address: Any) -> str:  # noqa: ANN401  untyped messages
    if address.HasField("pipe"):
        return str(address.pipe.path)
    return f"{address.socket_address.address}:{address.socket_address.port_value}"


def _bootable(cluster: Any) -> Any:  # noqa: ANN401  untyped messages
    """The cluster as a static one: its secrets come from a stream of their own.

    Envoy 1.40 dies of a static cluster without EDS whose secrets come over ADS: it loads such clusters before ADS is
    there; the same cluster over CDS is fine.
    """
    copy = Cluster.FromString(cluster.SerializeToString())
    if copy.HasField("transport_socket"):
        _redirect(copy.transport_socket)
    return copy


def _redirect(socket: Any) -> None:  # noqa: ANN401  untyped messages
    """Let the secrets of a socket, or of the one inside it, come from a stream of their own."""
    context, wrapper = UpstreamTlsContext(), ProxyProtocolUpstreamTransport()
    if socket.typed_config.Unpack(wrapper):
        _redirect(wrapper.transport_socket)
        socket.typed_config.Pack(wrapper)
    elif socket.typed_config.Unpack(context):
        common = context.common_tls_context
        secrets = list(common.tls_certificate_sds_secret_configs)
        if common.HasField("combined_validation_context"):
            secrets.append(common.combined_validation_context.validation_context_sds_secret_config)
        for secret in (item for item in secrets if item.sds_config.HasField("ads")):
            secret.sds_config.api_config_source.api_type = ApiConfigSource.GRPC
            secret.sds_config.api_config_source.transport_api_version = ApiVersion.V3
            secret.sds_config.api_config_source.grpc_services.add().envoy_grpc.cluster_name = "xds"
        socket.typed_config.Pack(context)


def refusal(found: Iterable[Any]) -> str:
    """What Envoy has against any of the clusters; empty where it takes them all."""
    bootstrap = Bootstrap()
    bootstrap.node.id, bootstrap.node.cluster = "test", "test"
    source = bootstrap.dynamic_resources.ads_config
    source.api_type, source.transport_api_version = ApiConfigSource.GRPC, ApiVersion.V3
    source.grpc_services.add().envoy_grpc.cluster_name = "xds"
    for name in ("xds", "sds-grpc"):
        known = bootstrap.static_resources.clusters.add(name=name, type=Cluster.STATIC)
        known.connect_timeout.CopyFrom(Duration(seconds=1))
    bootstrap.static_resources.clusters.extend(_bootable(cluster) for cluster in found)
    with TemporaryDirectory() as directory:
        path = Path(directory) / "bootstrap.pb"
        path.write_bytes(bootstrap.SerializeToString())
        command = [str(ENVOY), "--mode", "validate", "-l", "critical", "-c", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr + done.stdout
