"""Everything that a proxy would be sent as one static bootstrap, and what the real Envoy says of it.

What comes over ADS on a running proxy stands in the bootstrap itself: endpoints in their clusters, route configurations
in their listeners, secrets among the static ones, so that `envoy --mode validate` sees all of it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from envoy.config.bootstrap.v3.bootstrap_pb2 import Bootstrap
from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.endpoint.v3.endpoint_pb2 import ClusterLoadAssignment
from envoy.config.listener.v3.listener_pb2 import Listener
from envoy.config.route.v3.route_pb2 import RouteConfiguration
from envoy.extensions.filters.network.http_connection_manager.v3.http_connection_manager_pb2 import (
    HttpConnectionManager,
)
from envoy.extensions.transport_sockets.tls.v3.common_pb2 import CertificateValidationContext, TlsCertificate
from envoy.extensions.transport_sockets.tls.v3.secret_pb2 import SdsSecretConfig, Secret
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message

from galley.app.envoy.binary import find_envoy
from proxy.encoded import Encoded
from proxy.resource_type import ResourceType
from tests.envoy.certificates import Certificate, self_signed

Snapshot = Mapping[ResourceType, Sequence[Encoded]]
"""The resources of a proxy by type, as `proxy.translate.offline.translate` gives them."""


def refusal(snapshot: Snapshot) -> str:
    """What the real Envoy has against a snapshot; empty where it takes all of it."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "bootstrap.pb"
        path.write_bytes(bootstrap(snapshot).SerializeToString())
        command = [str(find_envoy()), "--mode", "validate", "-l", "critical", "-c", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr + done.stdout


def bootstrap(snapshot: Snapshot) -> Bootstrap:
    """The static bootstrap."""
    out = Bootstrap()
    static = out.static_resources
    endpoints = {item.name: ClusterLoadAssignment.FromString(item.body) for item in snapshot[ResourceType.ENDPOINT]}
    for item in snapshot[ResourceType.CLUSTER]:
        static.clusters.append(_fixed(Cluster.FromString(item.body), endpoints))
    tables = {item.name: RouteConfiguration.FromString(item.body) for item in snapshot[ResourceType.ROUTE_TABLE]}
    for item in snapshot[ResourceType.LISTENER]:
        listener = Listener.FromString(item.body)
        _each(listener, HttpConnectionManager, lambda manager: _with_routes(manager, tables))
        static.listeners.append(listener)
    _each(static, TlsCertificate, _without_files)
    _each(static, CertificateValidationContext, _without_authority_files)
    wanted = _without_sds(static)
    given = {item.name: Secret.FromString(item.body) for item in snapshot[ResourceType.SECRET]}
    static.secrets.extend(given.get(name) or _stand_in(name) for name in sorted(wanted))
    for secret in static.secrets:
        _each(secret, TlsCertificate, _without_files)
        _each(secret, CertificateValidationContext, _without_authority_files)
    return out


def _fixed(cluster: Cluster, endpoints: Mapping[str, ClusterLoadAssignment]) -> Cluster:
    """An EDS cluster with its endpoints inside."""
    if cluster.WhichOneof("cluster_discovery_type") == "type" and cluster.type == Cluster.EDS:
        found = endpoints.get(cluster.eds_cluster_config.service_name or cluster.name)
        cluster.ClearField("eds_cluster_config")
        cluster.type = Cluster.STATIC
        cluster.load_assignment.CopyFrom(found or ClusterLoadAssignment(cluster_name=cluster.name))
        cluster.load_assignment.cluster_name = cluster.name
    return cluster


def _with_routes(manager: Any, tables: Mapping[str, RouteConfiguration]) -> None:  # noqa: ANN401  untyped
    if manager.HasField("rds"):
        name = manager.rds.route_config_name
        assert name in tables, f"no route configuration {name} among {sorted(tables)}"
        manager.route_config.CopyFrom(tables[name])


def _without_sds(message: Message) -> set[str]:
    """Let every secret be a static one, and give their names."""
    names: set[str] = set()

    def strip(config: Any) -> None:  # noqa: ANN401  untyped
        names.add(config.name)
        config.ClearField("sds_config")

    _each(message, SdsSecretConfig, strip)
    return names


def _without_files(certificate: Any) -> None:  # noqa: ANN401  untyped
    """A certificate made for the occasion in the place of files that are only on the proxy's machine."""
    if certificate.certificate_chain.filename:
        made = self_signed("stand-in.example.com")
        certificate.certificate_chain.inline_string = made.certificate
        certificate.private_key.inline_string = made.key
        certificate.ClearField("watched_directory")


def _without_authority_files(context: Any) -> None:  # noqa: ANN401  untyped
    if context.trusted_ca.filename:
        context.trusted_ca.inline_string = self_signed("stand-in.example.com").certificate
        context.ClearField("watched_directory")
    context.ClearField("crl")


def _stand_in(name: str) -> Secret:
    """A secret that the agent beside the proxy would give."""
    made: Certificate = self_signed("stand-in.example.com")
    out = Secret(name=name)
    if name == "ROOTCA" or name.endswith("-cacert") or name.startswith(("file-root:", "configmap://")):
        out.validation_context.trusted_ca.inline_string = made.certificate
    else:
        out.tls_certificate.certificate_chain.inline_string = made.certificate
        out.tls_certificate.private_key.inline_string = made.key
    return out


def _each(message: Any, kind: type[Message], change: Any) -> bool:  # noqa: ANN401  untyped
    """Change every message of a kind in place, inside `Any` too; return whether there was one."""
    if isinstance(message, kind):
        change(message)
        return True
    if isinstance(message, AnyMessage):
        inner = _unpacked(message)
        if inner is None or not _each(inner, kind, change):
            return False
        message.value = inner.SerializeToString(deterministic=True)
        return True
    found = [_each(part, kind, change) for part in _parts(message)]
    return any(found)


def _parts(message: Message) -> Iterator[Message]:
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            if field.message_type.fields_by_name["value"].type == field.TYPE_MESSAGE:
                yield from value.values()
        elif isinstance(value, Message):
            yield value
        else:
            yield from value


def _unpacked(message: Any) -> Any:  # noqa: ANN401  untyped
    descriptor = descriptor_pool.Default().FindMessageTypeByName(message.TypeName())
    return message_factory.GetMessageClass(descriptor).FromString(message.value)
