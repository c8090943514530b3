"""Builders for Mixer's tests: configuration objects, log records, nodes."""

from collections.abc import Mapping
from typing import Any

from envoy.config.core.v3 import base_pb2
from envoy.data.accesslog.v3 import accesslog_pb2
from google.protobuf import json_format

from mixer.index import Index
from pipeline.model.key import Key
from pipeline.model.origin import Origin
from pipeline.model.resource import Resource, canonical

REVIEWS = "reviews.default.svc.cluster.local"


def resource(
    kind: str,
    name: str,
    spec: Mapping[str, Any],
    labels: Mapping[str, str] | None = None,
    namespace: str = "default",
) -> Resource:
    """An object of any kind."""
    return Resource(
        key=Key(kind, namespace, name),
        api_version="v1",
        spec=canonical(spec),
        origin=Origin(source="files", file=f"{name}.yaml"),
        labels=labels or {},
    )


def service(name: str = "reviews", port: int = 9080, namespace: str = "default") -> Resource:
    """A Kubernetes Service that selects by `app`."""
    spec = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": port}]}
    return resource("Service", name, spec, namespace=namespace)


def entry(name: str, ip: str, labels: Mapping[str, str], port: int = 0) -> Resource:
    """A WorkloadEntry."""
    return resource(
        "WorkloadEntry", name, {"address": ip, "labels": dict(labels), **({"ports": {"http": port}} if port else {})}
    )


def service_entry(
    host: str, endpoints: list[dict[str, Any]] | None = None, selector: Mapping[str, str] | None = None
) -> Resource:
    """A ServiceEntry with one port, with endpoints within or a selector."""
    spec: dict[str, Any] = {"hosts": [host], "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}]}
    if endpoints:
        spec["endpoints"] = endpoints
    if selector:
        spec["workloadSelector"] = {"labels": dict(selector)}
    return resource("ServiceEntry", host.split(".", maxsplit=1)[0], spec)


def pod(name: str, ip: str, labels: Mapping[str, str], namespace: str = "default", **spec: object) -> Resource:
    """A Pod with an address."""
    return resource("Pod", name, {"spec": spec, "status": {"podIP": ip}}, labels, namespace)


def endpoint_slice(service_name: str, ip: str, port: int, target: str = "") -> Resource:
    """An EndpointSlice with one endpoint."""
    endpoint: dict[str, Any] = {"addresses": [ip]}
    if target:
        endpoint["targetRef"] = {"kind": "Pod", "name": target, "namespace": "default"}
    body = {"endpoints": [endpoint], "ports": [{"port": port}]}
    return resource("EndpointSlice", f"{service_name}-1", body, {"kubernetes.io/service-name": service_name})


def index(*resources: Resource) -> Index:
    """An index of these objects."""
    made = Index()
    made.apply({one.key: one for one in resources})
    return made


def node(identity: str = "sidecar~10.0.0.1~web-1.default~default.svc.cluster.local", **metadata: object) -> Any:  # noqa: ANN401  a generated message
    """A proxy's Node."""
    return json_format.ParseDict({"id": identity, "metadata": metadata}, base_pb2.Node())


def address(text: str) -> dict[str, Any]:
    """A socket address, of `IP:PORT`."""
    ip, _, port = text.rpartition(":")
    return {"socket_address": {"address": ip, "port_value": int(port)}}


def common(
    cluster: str = f"outbound|80|v1|{REVIEWS}",
    source: str = "10.0.0.1:5000",
    local: str = "10.96.0.1:80",
    upstream: str = "10.0.0.2:9080",
    **fields: object,
) -> dict[str, Any]:
    """What all log records have."""
    return {
        "downstream_direct_remote_address": address(source),
        "downstream_local_address": address(local),
        "upstream_remote_address": address(upstream),
        "upstream_cluster": cluster,
        "duration": "0.012s",
        **fields,
    }


def http(
    properties: Mapping[str, Any] | None = None,
    request: Mapping[str, Any] | None = None,
    response: Mapping[str, Any] | None = None,
) -> Any:  # noqa: ANN401  a generated message
    """A request's record."""
    content = {
        "common_properties": properties or common(),
        "request": {"authority": "reviews", "request_headers_bytes": 100, "request_body_bytes": 11, **(request or {})},
        "response": {"response_code": 200, "response_headers_bytes": 50, "response_body_bytes": 5, **(response or {})},
    }
    return json_format.ParseDict(content, accesslog_pb2.HTTPAccessLogEntry())


def tcp(properties: Mapping[str, Any] | None = None, received: int = 10, sent: int = 20) -> Any:  # noqa: ANN401  likewise
    """A connection's record."""
    content = {
        "common_properties": properties or common(),
        "connection_properties": {"received_bytes": received, "sent_bytes": sent},
    }
    return json_format.ParseDict(content, accesslog_pb2.TCPAccessLogEntry())


def mtls(client: str, server: str) -> dict[str, Any]:
    """The TLS properties of a connection on which both ends showed an identity."""
    return {
        "peer_certificate_properties": {"subject_alt_name": [{"uri": client}]},
        "local_certificate_properties": {"subject_alt_name": [{"uri": server}]},
    }
