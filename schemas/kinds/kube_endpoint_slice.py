"""Kubernetes EndpointSlice. Pure model.

Source: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/
"""

from __future__ import annotations

from pydantic import Field

from schemas.types.integers import PortNumber
from schemas.types.message import LenientMessage


class EndpointConditions(LenientMessage):
    """Absent means unknown, which readers take as true for `ready` and `serving`."""

    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


class ObjectReference(LenientMessage):
    """The pod behind an endpoint."""

    kind: str = ""
    namespace: str = ""
    name: str = ""


class Endpoint(LenientMessage):
    """Addresses that are one endpoint."""

    addresses: tuple[str, ...]
    conditions: EndpointConditions | None = None
    hostname: str | None = None
    node_name: str | None = None
    zone: str | None = None
    target_ref: ObjectReference | None = None
    topology: dict[str, str] = Field(default_factory=dict)
    deprecated_topology: dict[str, str] = Field(default_factory=dict)


class EndpointPort(LenientMessage):
    """A port of every endpoint of the slice."""

    name: str | None = None
    protocol: str | None = None
    port: PortNumber | None = None
    app_protocol: str | None = None


class EndpointSlice(LenientMessage):
    """Endpoints of the Service that the label `kubernetes.io/service-name` names."""

    address_type: str = "IPv4"
    endpoints: tuple[Endpoint, ...] = ()
    ports: tuple[EndpointPort, ...] = ()
