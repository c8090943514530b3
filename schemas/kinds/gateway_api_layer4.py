"""TLSRoute, TCPRoute and UDPRoute of the Gateway API. Pure models.

Source: https://gateway-api.sigs.k8s.io/reference/spec/ (1.5, both channels, and `v1alpha2`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.types.gateway_api_names import Hostname, SectionName
from schemas.types.gateway_api_reference import BackendRef, ParentReference
from schemas.types.message import LenientMessage


class Layer4Rule(LenientMessage):
    """Where connections or datagrams go."""

    name: SectionName | None = None
    backend_refs: Annotated[tuple[BackendRef, ...], Field(max_length=16)] = ()


class Layer4Route(LenientMessage):
    """The `spec` of a TCPRoute or a UDPRoute."""

    parent_refs: Annotated[tuple[ParentReference, ...], Field(max_length=32)] = ()
    use_default_gateways: Literal["All", "None"] | None = None
    rules: Annotated[tuple[Layer4Rule, ...], Field(max_length=16)]


class TLSRoute(Layer4Route):
    """The `spec` of a TLSRoute: by the server name that the client asks for."""

    hostnames: Annotated[tuple[Hostname, ...], Field(max_length=16)] = ()
