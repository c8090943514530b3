"""Where the routes of VirtualServices lead, as far as visibility depends on it. Pure rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.naming import resolve_host
from proxy.registry.export import exported, virtual_service_export_default
from proxy.typed import typed_as
from schemas.kinds.virtual_service import VirtualService
from schemas.types.destination import Destination

VIRTUAL_SERVICE: Final = "VirtualService"


class VirtualServiceHead(NamedTuple):
    """The hosts of a VirtualService of the mesh gateway, and its destinations with the ports they name (none: all)."""

    key: Key
    hosts: tuple[str, ...]
    export_to: frozenset[str]
    destinations: tuple[tuple[str, frozenset[int]], ...]


def mesh_virtual_services(view: View, _: None) -> tuple[VirtualServiceHead, ...]:
    """The heads of all VirtualServices that sidecars obey (a rule; its result changes when a destination does)."""
    found = (view.derive(virtual_service_head, key) for key in view.keys(VIRTUAL_SERVICE))
    return tuple(head for head in found if head is not None)


def virtual_service_head(view: View, key: Key) -> VirtualServiceHead | None:
    """The head of one VirtualService, None where it is for gateways alone (a rule)."""
    spec = typed_as(view, key, VirtualService)
    if spec is None or (spec.gateways and "mesh" not in spec.gateways):
        return None
    ports: dict[str, frozenset[int]] = {}
    for destination in _destinations(spec):
        host = resolve_host(destination.host, key.namespace)
        number = frozenset({destination.port.number}) if destination.port and destination.port.number else frozenset()
        before = ports.get(host)
        ports[host] = number if before is None else before | number if before and number else frozenset()
    export_to = exported(spec.export_to, key.namespace, view.derive(virtual_service_export_default, None))
    hosts = tuple(resolve_host(host, key.namespace) for host in spec.hosts)
    return VirtualServiceHead(key, hosts, export_to, tuple(sorted(ports.items())))


def _destinations(spec: VirtualService) -> Iterator[Destination]:
    for http in spec.http:
        yield from (item.destination for item in http.route)
        yield from (item.destination for item in http.mirrors)
        if http.mirror is not None:
            yield http.mirror
    for tcp in spec.tcp:
        yield from (item.destination for item in tcp.route)
    for tls in spec.tls:
        yield from (item.destination for item in tls.route)
