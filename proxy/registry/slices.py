"""Endpoints of Kubernetes Services, from their EndpointSlices. Pure rules.

Source: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/ and istio
pilot/pkg/serviceregistry/kube/controller/endpointslice.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.registry.service import Endpoint, Locality
from proxy.registry.workloads import POD, node_locality, workload
from proxy.typed import typed_as
from schemas.kinds import kube_endpoint_slice as kube

ENDPOINT_SLICE: Final = "EndpointSlice"
_SERVICE_NAME: Final = "kubernetes.io/service-name"


class SliceOwner(NamedTuple):
    """The Service that slices belong to."""

    namespace: str
    service: str


def slice_owner(view: View, key: Key) -> tuple[SliceOwner, ...]:
    """The groups of the index of slices by their Service."""
    resource = view.get(key)
    name = resource.labels.get(_SERVICE_NAME) if resource is not None else None
    return (SliceOwner(key.namespace, name),) if name else ()


def slice_endpoints(view: View, wanted: tuple[Key, str]) -> tuple[Endpoint, ...]:
    """The endpoints of a Service's port of that name, over all of its slices, each address once (a rule)."""
    service, port = wanted
    keys = view.lookup(slice_owner, ENDPOINT_SLICE, SliceOwner(service.namespace, service.name))
    found: dict[tuple[str, int], Endpoint] = {}
    for key in keys:
        for endpoint in view.derive(_of_slice, (key, port)):
            before = found.get((endpoint.address, endpoint.port))
            if before is None or (endpoint.healthy and not before.healthy):
                found[endpoint.address, endpoint.port] = endpoint
    return tuple(found.values())


def has_slices(view: View, service: Key) -> bool:
    """Whether a Service has EndpointSlices at all, which then say all of its pods."""
    return bool(view.lookup(slice_owner, ENDPOINT_SLICE, SliceOwner(service.namespace, service.name)))


def slice_addresses(view: View, key: Key) -> tuple[str, ...]:
    """The addresses of a slice (the groups of an index)."""
    spec = typed_as(view, key, kube.EndpointSlice)
    return tuple(address for item in spec.endpoints for address in item.addresses) if spec is not None else ()


def _of_slice(view: View, wanted: tuple[Key, str]) -> tuple[Endpoint, ...]:
    key, name = wanted
    spec = typed_as(view, key, kube.EndpointSlice)
    if spec is None or spec.address_type == "FQDN":
        return ()
    number = next((port.port for port in spec.ports if (port.name or "") == name), None)
    return tuple(_endpoints(view, key, spec, number)) if number else ()


def _endpoints(view: View, key: Key, spec: kube.EndpointSlice, number: int) -> Iterator[Endpoint]:
    for item in spec.endpoints:
        ready = item.conditions is None or item.conditions.ready is not False
        model = _of_pod(view, key.namespace, item)
        for address in item.addresses:
            yield replace(model, address=address, port=number, healthy=ready)


def _of_pod(view: View, namespace: str, item: kube.Endpoint) -> Endpoint:
    """What the pod behind an endpoint adds to it, or its node and zone where there is no pod."""
    reference = item.target_ref
    pod = None
    if reference is not None and reference.kind == "Pod":
        pod = view.derive(workload, Key(POD, reference.namespace or namespace, reference.name))
    place = view.derive(node_locality, item.node_name) if item.node_name else Locality()
    if not place.region and item.zone:
        place = Locality(place.region, item.zone)
    if pod is None:
        return Endpoint(address="", port=0, locality=place, namespace=namespace)
    return Endpoint(
        address="",
        port=0,
        labels=pod.labels,
        locality=pod.locality if pod.locality.region else place,
        network=pod.network,
        service_account=pod.service_account,
        tls_mode=pod.tls_mode,
        namespace=namespace,
        workload=pod.name,
    )
