"""MeshNetworks: the networks of the mesh and the gateways between them. Pure model.

Source: istio.io/api mesh/v1alpha1/network.proto (1.30).
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from schemas.types.integers import UInt32
from schemas.types.message import Message, OneOfMessage


class NetworkEndpoints(OneOfMessage):
    """Endpoints of a network: an address range, or all of a registry (a cluster)."""

    ONE_OF: ClassVar = (("from_cidr", "from_registry"),)

    from_cidr: str | None = None
    from_registry: str | None = None


class IstioNetworkGateway(OneOfMessage):
    """A gateway through which other networks come in."""

    ONE_OF: ClassVar = (("registry_service_name", "address"),)

    registry_service_name: str | None = None
    address: str | None = None
    port: UInt32 = 0
    locality: str = ""


class Network(Message):
    """Endpoints that reach each other directly, and the gateways to them."""

    endpoints: tuple[NetworkEndpoints, ...] = ()
    gateways: tuple[IstioNetworkGateway, ...] = ()


class MeshNetworks(Message):
    """Networks by their names."""

    networks: dict[str, Network] = Field(default_factory=dict)
