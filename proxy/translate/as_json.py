"""An Envoy resource in proto3 JSON, for people: `Any` expanded. Never used on the way to a proxy. Pure."""

from __future__ import annotations

from typing import Any, Final

import orjson
from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.endpoint.v3 import endpoint_pb2
from envoy.config.listener.v3 import listener_pb2
from envoy.config.route.v3 import route_components_pb2, route_pb2
from envoy.extensions.transport_sockets.tls.v3 import secret_pb2
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from proxy.encoded import Encoded
from proxy.resource_type import ResourceType

HIDDEN: Final = "[redacted]"
_MESSAGES: dict[ResourceType, type[Message]] = {
    ResourceType.CLUSTER: cluster_pb2.Cluster,
    ResourceType.ENDPOINT: endpoint_pb2.ClusterLoadAssignment,
    ResourceType.LISTENER: listener_pb2.Listener,
    ResourceType.ROUTE: route_pb2.RouteConfiguration,
    ResourceType.ROUTE_TABLE: route_pb2.RouteConfiguration,
    ResourceType.VIRTUAL_HOST: route_components_pb2.VirtualHost,
    ResourceType.SECRET: secret_pb2.Secret,
}


def as_json(resource: Encoded) -> dict[str, Any]:
    """Return the resource's message as JSON data, lowerCamelCase, `@type` inside `Any`; private keys are hidden."""
    message: Any = _MESSAGES[resource.type]()
    message.ParseFromString(resource.body)
    if resource.type is ResourceType.SECRET and message.tls_certificate.private_key.inline_string:
        message.tls_certificate.private_key.inline_string = HIDDEN
    plain: dict[str, Any] = orjson.loads(orjson.dumps(MessageToDict(message)))
    return plain
