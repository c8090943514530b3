"""Services from Kubernetes Services. Pure rules.

Source: istio pilot/pkg/serviceregistry/kube/conversion.go (ConvertService).
"""

from __future__ import annotations

from typing import Final

from pipeline.derive import View
from pipeline.model.key import Key
from pipeline.model.resource import Resource
from proxy.naming import resolve_host
from proxy.registry.export import exported, service_export_default
from proxy.registry.protocols import kubernetes_protocol
from proxy.registry.service import Port, Resolution
from proxy.registry.service import Service as MeshService
from proxy.typed import typed_as
from schemas.kinds.kube_service import Service, ServicePort

KUBERNETES_SERVICE: Final = "Service"
_EXPORT_TO = "networking.istio.io/exportTo"
_HEADLESS = "None"


def kubernetes_services(view: View, key: Key) -> tuple[MeshService, ...]:
    """The service that a Kubernetes Service is; empty where there is none."""
    resource = view.get(key)
    spec = typed_as(view, key, Service)
    if resource is None or spec is None:
        return ()
    written = tuple(word.strip() for word in resource.annotations.get(_EXPORT_TO, "").split(",") if word.strip())
    service = MeshService(
        host=resolve_host(key.name, key.namespace),
        key=key,
        namespace=key.namespace,
        resolution=_resolution(spec),
        ports=tuple(_port(port) for port in spec.ports),
        addresses=_addresses(spec),
        export_to=exported(written, key.namespace, view.derive(service_export_default, None)),
        created=resource.created,
        kubernetes=True,
        headless=spec.cluster_ip == _HEADLESS,
        selector=tuple(sorted(spec.selector.items())) if spec.selector else None,
        alias=spec.external_name.lower().rstrip(".") if spec.type == "ExternalName" else "",
        labels=_labels(resource),
    )
    return (service,)


def _labels(resource: Resource) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(resource.labels.items()))


def _resolution(spec: Service) -> Resolution:
    if spec.type == "ExternalName" and spec.external_name:
        return Resolution.ALIAS
    return Resolution.PASSTHROUGH if spec.cluster_ip == _HEADLESS else Resolution.STATIC


def _addresses(spec: Service) -> tuple[str, ...]:
    """The cluster's addresses of the service; external ones are not for the mesh."""
    found = spec.cluster_ips or (spec.cluster_ip,)
    return tuple(address for address in found if address and address != _HEADLESS)


def _port(port: ServicePort) -> Port:
    protocol = kubernetes_protocol(port.port, port.name, port.protocol, port.app_protocol)
    return Port(port.port, port.name, protocol, port.target_port)
