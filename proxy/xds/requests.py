"""Requests as they come off the wire, as data; what is malformed, or beyond what proxies need, is a fault. Pure.

All proxies share one loop and one memory, so a request is bounded in what it can make the server keep or do.
"""

from __future__ import annotations

from typing import Any

from envoy.service.discovery.v3 import discovery_pb2
from google.protobuf.message import DecodeError

from proxy.node import Node, node_of_message
from proxy.resource_type import ResourceType
from proxy.xds.delta import DeltaRequest
from proxy.xds.protocol_fault import ProtocolFault, at_most
from proxy.xds.sotw import SotwRequest
from proxy.xds.subscription import MOST_NAMES

MOST_NODE_BYTES = 1 << 20
"""A node with its metadata: Kubernetes allows a pod's annotations, the largest of them, a quarter of that."""

MOST_ADDRESSES = 1_000
"""Addresses that a node may name."""

LONGEST_NAME = 4_096
"""Characters of a node's id or of a resource's name."""

LONGEST_REASON = 16 << 10
"""Characters that are kept of the words in which a resource is refused."""

_BY_URL = {type_.type_url: type_ for type_ in ResourceType}
_BY_URL_ONE_BY_ONE = {**_BY_URL, ResourceType.ROUTE.type_url: ResourceType.ROUTE}


def read_node(data: bytes, *, delta: bool) -> Node:
    """Return the node of a stream's first request."""
    message = _parse(discovery_pb2.DeltaDiscoveryRequest if delta else discovery_pb2.DiscoveryRequest, data)
    if not message.node.id:
        msg = "the first request of a stream must name its node (node.id)"
        raise ProtocolFault(msg)
    at_most(MOST_NODE_BYTES, message.node.ByteSize(), "bytes in the node")
    at_most(LONGEST_NAME, len(message.node.id), "characters in node.id")
    node = node_of_message(message.node)
    at_most(MOST_ADDRESSES, len(node.ips), "addresses of the node")
    return node


def read_delta(data: bytes, node: Node, only: ResourceType | None) -> DeltaRequest | None:
    """Return a delta request; None where it is of a type that is not served. `only`: the one type of the service."""
    message = _parse(discovery_pb2.DeltaDiscoveryRequest, data)
    type_ = _type_of(message.type_url, _BY_URL_ONE_BY_ONE if node.takes_hosts_one_by_one else _BY_URL, only)
    if type_ is None:
        return None
    _check_names(message.resource_names_subscribe)
    at_most(MOST_NAMES, len(message.initial_resource_versions), "initial_resource_versions")
    return DeltaRequest(
        type=type_,
        subscribe=message.resource_names_subscribe,
        unsubscribe=message.resource_names_unsubscribe,
        initial_versions=dict(message.initial_resource_versions) if message.initial_resource_versions else None,
        nonce=message.response_nonce,
        error=_reason(message),
    )


def read_sotw(data: bytes, only: ResourceType | None) -> SotwRequest | None:
    """Return a state-of-the-world request; None where it is of a type that is not served."""
    message = _parse(discovery_pb2.DiscoveryRequest, data)
    type_ = _type_of(message.type_url, _BY_URL, only)
    if type_ is None:
        return None
    _check_names(message.resource_names)
    return SotwRequest(
        type=type_,
        names=message.resource_names,
        version=message.version_info,
        nonce=message.response_nonce,
        error=_reason(message),
    )


def _parse(kind: Any, data: bytes) -> Any:  # noqa: ANN401  the generated messages have no types
    try:
        return kind.FromString(data)
    except DecodeError as error:
        msg = f"not a {kind.DESCRIPTOR.name}: {error}"
        raise ProtocolFault(msg) from error


def _type_of(url: str, types: dict[str, ResourceType], only: ResourceType | None) -> ResourceType | None:
    if only is None:
        return types.get(url)
    if url and url != only.type_url:
        msg = f"this service serves {only.type_url}, not {url}"
        raise ProtocolFault(msg)
    return types[only.type_url]


def _reason(message: Any) -> str | None:  # noqa: ANN401  the generated messages have no types
    return str(message.error_detail.message)[:LONGEST_REASON] if message.HasField("error_detail") else None


def _check_names(names: Any) -> None:  # noqa: ANN401  a generated message's list
    at_most(MOST_NAMES, len(names), "resource names")
    at_most(LONGEST_NAME, max(map(len, names), default=0), "characters in a resource name")
