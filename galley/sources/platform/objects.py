"""A registry's service as objects: a ServiceEntry, and a WorkloadEntry for each instance. Pure.

An instance that is a host name cannot be an endpoint that is looked up by label; such a service carries its endpoints
itself, and names are resolved by the proxies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from galley.sources.platform.names import SERVICE_LABEL, instance_name, service_name
from pipeline.model.key import Key
from pipeline.model.origin import Origin
from pipeline.model.resource import Resource, canonical
from schemas.rules.addresses import is_ip

if TYPE_CHECKING:
    from galley.sources.platform.service import Instance, Service

API_VERSION: Final = "networking.istio.io/v1"


class Home(NamedTuple):
    """Where a registry's objects belong: the source that says them, and their namespace."""

    source: str
    namespace: str

    def key(self, kind: str, name: str) -> Key:
        """Return the key of an object."""
        return Key(kind, self.namespace, name)

    def instance_key(self, qualified: str, identity: str) -> Key:
        """Return the key of an instance's object."""
        return self.key("WorkloadEntry", instance_name(service_name(qualified, self.source), identity))

    def origin(self, place: str) -> Origin:
        """Return the origin of what is said of a service; a registry has no lines."""
        return Origin(source=self.source, file=place, line=0, column=0)


def objects_of(service: Service, home: Home) -> tuple[Resource, ...]:
    """Return the objects of a service, the ServiceEntry first."""
    name = service_name(service.qualified, home.source)
    selected = all(is_ip(instance.address) for instance in service.instances)
    spec: dict[str, Any] = {
        "hosts": [service.host],
        "location": "MESH_EXTERNAL" if service.external else "MESH_INTERNAL",
        "ports": [{"name": port.name, "number": port.number, "protocol": port.protocol} for port in service.ports],
        "resolution": "STATIC" if selected else "DNS",
    }
    if selected:
        spec["workloadSelector"] = {"labels": {SERVICE_LABEL: name}}
    else:
        spec["endpoints"] = [_workload(service, instance) for instance in service.instances]
    entry = _resource(home, service.qualified, home.key("ServiceEntry", name), spec)
    if not selected:
        return (entry,)
    workloads = (
        _resource(
            home,
            service.qualified,
            home.instance_key(service.qualified, instance.identity),
            _workload(service, instance, {SERVICE_LABEL: name}),
        )
        for instance in service.instances
    )
    return (entry, *workloads)


def _resource(home: Home, place: str, key: Key, spec: dict[str, Any]) -> Resource:
    return Resource(key=key, api_version=API_VERSION, spec=canonical(spec), origin=home.origin(place))


def _workload(service: Service, instance: Instance, more: dict[str, str] | None = None) -> dict[str, Any]:
    numbers = zip(service.ports, instance.ports, strict=False)
    spec: dict[str, Any] = {"address": instance.address, "ports": {port.name: number for port, number in numbers}}
    if labels := dict(instance.labels) | (more or {}):
        spec["labels"] = labels
    if instance.locality:
        spec["locality"] = instance.locality
    if instance.weight:
        spec["weight"] = instance.weight
    return spec
