"""The Envoy that asks: what its Node message says about it, as data. Pure.

A node is recognised by Istio's id `TYPE~IP~NAME.NAMESPACE~DNSDOMAIN` (types `sidecar` and `router`) and by metadata
(`NAMESPACE`, `LABELS`, `INSTANCE_IPS`, `SERVICE_ACCOUNT`, `CLUSTER_ID`, `INTERCEPTION_MODE`, ...). A node with any
other id is a sidecar of namespace `default` whose labels come from metadata `LABELS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2

_TYPES = ("sidecar", "router")
_DEFAULT_NAMESPACE = "default"
_ID_PARTS = 4
_OFF = (False, "false", "0", "off", "no")
ONE_BY_ONE = "GALLEY_VHDS"
"""Metadata that turns off virtual hosts one by one where it is `false`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locality:
    """Where a node runs, from the widest to the narrowest; empty where it did not say."""

    region: str = ""
    zone: str = ""
    sub_zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A proxy as it introduced itself.

    `type` is `sidecar` or `router`; `ips` are its addresses, the id's first; `cluster` is the service cluster that it
    was started with; `cluster_id` the Kubernetes cluster it runs in. `istio_version` is set for Istio's proxy only.
    `metadata` holds everything it said, as JSON values; treat it as immutable.
    """

    id: str
    type: str = "sidecar"
    ips: tuple[str, ...] = ()
    name: str = ""
    namespace: str = _DEFAULT_NAMESPACE
    dns_domain: str = "default.svc.cluster.local"
    cluster: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    service_account: str = ""
    cluster_id: str = ""
    network: str = ""
    interception_mode: str = "REDIRECT"
    istio_version: str = ""
    generator: str = ""
    user_agent_name: str = ""
    user_agent_version: str = ""
    locality: Locality = field(default_factory=Locality)
    metadata: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)

    @property
    def ip(self) -> str:
        """Return the node's first address, or the empty string."""
        return self.ips[0] if self.ips else ""

    @property
    def takes_hosts_one_by_one(self) -> bool:
        """Whether a delta stream of this node is given its virtual hosts one by one (VHDS)."""
        return self.user_agent_name == "envoy" and self.metadata.get(ONE_BY_ONE) not in _OFF


def node_of_message(message: Any) -> Node:  # noqa: ANN401  the generated messages have no types
    """Return the node of an `envoy.config.core.v3.Node` message."""
    locality = message.locality
    return node_of(
        message.id,
        _struct(message.metadata),
        cluster=message.cluster,
        user_agent=(message.user_agent_name, _user_agent_version(message)),
        locality=Locality(region=locality.region, zone=locality.zone, sub_zone=locality.sub_zone),
    )


def node_of(
    identity: str,
    metadata: Mapping[str, Any],
    *,
    cluster: str = "",
    user_agent: tuple[str, str] = ("envoy", ""),
    locality: Locality | None = None,
) -> Node:
    """Return the node of an id and of metadata as JSON values: what `galley xds` is given."""
    kind, ip, name, namespace, domain = _identity(identity, metadata)
    return Node(
        id=identity,
        type=kind,
        ips=_addresses(ip, metadata.get("INSTANCE_IPS")),
        name=name,
        namespace=namespace,
        dns_domain=domain,
        cluster=cluster,
        labels=_labels(metadata.get("LABELS")),
        service_account=_text(metadata, "SERVICE_ACCOUNT"),
        cluster_id=_text(metadata, "CLUSTER_ID"),
        network=_text(metadata, "NETWORK"),
        interception_mode=_text(metadata, "INTERCEPTION_MODE") or "REDIRECT",
        istio_version=_text(metadata, "ISTIO_VERSION"),
        generator=_text(metadata, "GENERATOR"),
        user_agent_name=user_agent[0],
        user_agent_version=user_agent[1],
        locality=locality or Locality(),
        metadata=metadata,
    )


def _identity(identity: str, metadata: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    """Return type, address, name, namespace and DNS domain."""
    parts = identity.split("~")
    if len(parts) != _ID_PARTS or parts[0] not in _TYPES:
        domain = f"{_DEFAULT_NAMESPACE}.svc.cluster.local"
        return "sidecar", "", identity, _DEFAULT_NAMESPACE, domain
    kind, ip, workload, domain = parts
    name, _, namespace = workload.rpartition(".")
    name = name or workload
    namespace = _text(metadata, "NAMESPACE") or (namespace if "." in workload else "") or _DEFAULT_NAMESPACE
    return kind, ip, name, namespace, domain or f"{namespace}.svc.cluster.local"


def _addresses(ip: str, more: object) -> tuple[str, ...]:
    """Return the id's address and those of `INSTANCE_IPS` (comma-separated), each once, in order."""
    rest = more.split(",") if isinstance(more, str) else []
    stripped = (address.strip() for address in (ip, *rest))
    return tuple(dict.fromkeys(address for address in stripped if address))


def _labels(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        return ()
    return tuple(sorted((str(name), _scalar(label)) for name, label in value.items()))


def _text(metadata: Mapping[str, Any], name: str) -> str:
    """Return a metadata value as text; the empty string for what is absent or no scalar."""
    return _scalar(metadata.get(name))


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None or isinstance(value, (Mapping, list)) else str(value)


def _user_agent_version(message: Any) -> str:  # noqa: ANN401  the generated messages have no types
    if message.WhichOneof("user_agent_version_type") == "user_agent_build_version":
        number = message.user_agent_build_version.version
        return f"{number.major_number}.{number.minor_number}.{number.patch}"
    return str(message.user_agent_version)


def _struct(message: struct_pb2.Struct) -> dict[str, Any]:
    return {name: _value(value) for name, value in message.fields.items()}


def _value(value: struct_pb2.Value) -> Any:  # noqa: ANN401  JSON
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return _struct(value.struct_value)
        case "list_value":
            return [_value(item) for item in value.list_value.values]
        case _:
            return None
