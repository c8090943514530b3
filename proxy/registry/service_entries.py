"""Services from ServiceEntries. Pure rules.

Source: istio pilot/pkg/serviceregistry/serviceentry/conversion.go.
"""

from __future__ import annotations

from typing import Final

from pipeline.derive import View, transient
from pipeline.model.key import Key
from proxy.registry.export import exported, service_export_default
from proxy.registry.protocols import parse_protocol
from proxy.registry.service import Labels, Port, Protocol, Resolution, Service
from proxy.registry.workloads import Workload, from_entry
from proxy.typed import typed_as
from schemas.kinds.service_entry import ServiceEntry
from schemas.types.port import ServicePort

SERVICE_ENTRY: Final = "ServiceEntry"


def entry_services(view: View, key: Key) -> tuple[Service, ...]:
    """The services that a ServiceEntry declares, one a host, in its order."""
    resource = view.get(key)
    spec = typed_as(view, key, ServiceEntry)
    if resource is None or spec is None:
        return ()
    export_to = exported(spec.export_to, key.namespace, view.derive(service_export_default, None))
    ports = _ports(spec.ports)
    labels = tuple(sorted(resource.labels.items()))
    hosts = dict.fromkeys(host.lower() for host in spec.hosts)
    return tuple(
        Service(
            host=host,
            key=key,
            namespace=key.namespace,
            resolution=Resolution(spec.resolution),
            ports=ports,
            addresses=tuple(_address(address) for address in spec.addresses),
            mesh_external=spec.location == "MESH_EXTERNAL",
            export_to=export_to,
            created=resource.created,
            subject_alt_names=spec.subject_alt_names,
            selector=_selector(spec),
            labels=labels,
        )
        for host in hosts
    )


@transient
def inline_workloads(view: View, entry: Key) -> tuple[Workload, ...]:
    """The endpoints written inside a ServiceEntry, as workloads (a rule)."""
    spec = typed_as(view, entry, ServiceEntry)
    return tuple(from_entry(item, entry.namespace) for item in spec.endpoints) if spec is not None else ()


def _selector(spec: ServiceEntry) -> Labels | None:
    """The labels that select workloads, None where the endpoints are inline."""
    if spec.workload_selector is None or not spec.workload_selector.labels or spec.endpoints:
        return None
    return tuple(sorted(spec.workload_selector.labels.items()))


def _ports(ports: tuple[ServicePort, ...]) -> tuple[Port, ...]:
    """The ports, the first of each number; those without a connection to forward (UDP) stay, for others to skip."""
    found: dict[int, Port] = {}
    for port in ports:
        protocol = parse_protocol(port.protocol) if port.protocol else Protocol.AUTO
        found.setdefault(port.number, Port(port.number, port.name, protocol, port.target_port or None))
    return tuple(found.values())


def _address(address: str) -> str:
    """An address without the mask of a single host."""
    return address.removesuffix("/32") if ":" not in address else address.removesuffix("/128")
