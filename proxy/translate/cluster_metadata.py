"""What a cluster says of where it comes from: the rule, the subset, the service. Pure.

Source: istio pilot/pkg/networking/util/util.go (AddConfigInfoMetadata) and core/cluster_builder.go.
"""

from __future__ import annotations

from envoy.config.core.v3 import base_pb2
from google.protobuf import struct_pb2

from pipeline.model.key import Key
from proxy.registry.service import Service


def cluster_metadata(
    services: list[Service], rule: Key | None = None, subset: str = "", port: int = 0
) -> base_pb2.Metadata:
    """The metadata of a cluster under `istio`: `config`, `subset`, `default_original_port`, `services`."""
    fields: dict[str, struct_pb2.Value] = {}
    if rule is not None:
        fields["config"] = _text(config_path(rule))
    if subset:
        fields["subset"] = _text(subset)
    if port:
        fields["default_original_port"] = struct_pb2.Value(number_value=port)
    if services:
        listed = struct_pb2.ListValue(values=[_service(service) for service in services])
        fields["services"] = struct_pb2.Value(list_value=listed)
    return base_pb2.Metadata(filter_metadata={"istio": struct_pb2.Struct(fields=fields)})


def config_path(rule: Key) -> str:
    """Where a DestinationRule is, as Istio writes it."""
    return f"/apis/networking.istio.io/v1alpha3/namespaces/{rule.namespace}/destination-rule/{rule.name}"


def _service(service: Service) -> struct_pb2.Value:
    fields = {"host": _text(service.host), "name": _text(service.name), "namespace": _text(service.namespace)}
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))


def _text(value: str) -> struct_pb2.Value:
    return struct_pb2.Value(string_value=value)
