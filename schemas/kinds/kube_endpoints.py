"""Kubernetes Endpoints, which EndpointSlices have replaced. Pure model.

Source: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoints-v1/
"""

from __future__ import annotations

from schemas.kinds.kube_endpoint_slice import ObjectReference
from schemas.types.integers import PortNumber
from schemas.types.message import LenientMessage


class EndpointAddress(LenientMessage):
    """An address behind a Service."""

    ip: str
    hostname: str = ""
    node_name: str | None = None
    target_ref: ObjectReference | None = None


class EndpointPort(LenientMessage):
    """A port of every address of the subset."""

    port: PortNumber
    name: str = ""
    protocol: str = "TCP"
    app_protocol: str | None = None


class EndpointSubset(LenientMessage):
    """Addresses that have the same ports."""

    addresses: tuple[EndpointAddress, ...] = ()
    not_ready_addresses: tuple[EndpointAddress, ...] = ()
    ports: tuple[EndpointPort, ...] = ()


class Endpoints(LenientMessage):
    """The endpoints of the Service of the same name."""

    subsets: tuple[EndpointSubset, ...] = ()
