"""Load assignments as messages: those of EDS, and those inside DNS clusters. Pure.

Source: istio pilot/pkg/xds/endpoints/endpoint_builder.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from envoy.config.core.v3 import address_pb2, base_pb2
from envoy.config.endpoint.v3 import endpoint_components_pb2, endpoint_pb2
from google.protobuf import struct_pb2, wrappers_pb2

from proxy.registry.endpoints import UNIX
from proxy.registry.placement import Placement, Plan
from proxy.registry.service import Endpoint, Labels, Locality
from proxy.translate.cluster_places import Group, distinct, groups_of

_MUTUAL: Final = "istio"


def assignment(name: str, groups: Iterable[Group]) -> Any:  # noqa: ANN401  untyped messages
    """The load assignment of a cluster; one without endpoints is one too."""
    return endpoint_pb2.ClusterLoadAssignment(cluster_name=name, endpoints=[_group(group) for group in groups])


def inline_assignment(
    name: str, endpoints: Iterable[Endpoint], plan: Plan | None, client: Placement | None, *, single: bool
) -> Any | None:  # noqa: ANN401  untyped messages
    """The load assignment inside a DNS cluster, of its first endpoint alone where it may have one; None for none."""
    usable = distinct(item for item in endpoints if item.healthy and not item.address.startswith(UNIX))
    groups = groups_of(usable[:1] if single else usable, None if single else plan, client)
    return assignment(name, groups) if groups else None


def _group(group: Group) -> Any:  # noqa: ANN401  untyped messages
    return endpoint_components_pb2.LocalityLbEndpoints(
        locality=_locality(group.locality),
        priority=group.priority,
        load_balancing_weight=wrappers_pb2.UInt32Value(value=group.weight),
        lb_endpoints=[_endpoint(endpoint, weight) for endpoint, weight in group.members],
    )


@lru_cache(maxsize=256)
def _locality(place: Locality) -> base_pb2.Locality:
    return base_pb2.Locality(region=place.region, zone=place.zone, sub_zone=place.sub_zone)


def _endpoint(endpoint: Endpoint, weight: int) -> Any:  # noqa: ANN401  untyped messages
    return endpoint_components_pb2.LbEndpoint(
        endpoint=endpoint_components_pb2.Endpoint(address=_address(endpoint)),
        load_balancing_weight=_WEIGHT_ONE if weight == 1 else wrappers_pb2.UInt32Value(value=weight),
        metadata=_metadata(endpoint),
    )


_WEIGHT_ONE: Final = wrappers_pb2.UInt32Value(value=1)


def _address(endpoint: Endpoint) -> address_pb2.Address:
    if endpoint.address.startswith(UNIX):
        return address_pb2.Address(pipe=address_pb2.Pipe(path=endpoint.address.removeprefix(UNIX)))
    socket = address_pb2.SocketAddress(address=endpoint.address, port_value=endpoint.port)
    return address_pb2.Address(socket_address=socket)


def _metadata(endpoint: Endpoint) -> base_pb2.Metadata | None:
    """What selects the endpoint's transport socket, and which workload it is; None for nothing."""
    mutual = endpoint.tls_mode == _MUTUAL
    if not mutual and not endpoint.workload:
        return None
    return _metadata_of(mutual, endpoint.workload, endpoint.namespace, _canonical(endpoint.labels))


def _canonical(labels: Labels) -> tuple[str, str]:
    """The service and its revision that a workload belongs to, as Istio's telemetry names them."""
    known = dict(labels)
    names = ("service.istio.io/canonical-name", "app.kubernetes.io/name", "app")
    revisions = ("service.istio.io/canonical-revision", "app.kubernetes.io/version", "version")
    name = next((known[label] for label in names if known.get(label)), "")
    return name, next((known[label] for label in revisions if known.get(label)), "")


@lru_cache(maxsize=4096)
def _metadata_of(
    mutual: bool,  # noqa: FBT001  a key of the cache
    workload: str,
    namespace: str,
    canonical: tuple[str, str],
) -> base_pb2.Metadata:
    found = base_pb2.Metadata()
    if mutual:
        found.filter_metadata["envoy.transport_socket_match"].CopyFrom(_struct("tlsMode", _MUTUAL))
    if workload:
        text = f"{workload};{namespace};{canonical[0]};{canonical[1]};"
        found.filter_metadata["istio"].CopyFrom(_struct("workload", text))
    return found


def _struct(name: str, value: str) -> struct_pb2.Struct:
    return struct_pb2.Struct(fields={name: struct_pb2.Value(string_value=value)})
