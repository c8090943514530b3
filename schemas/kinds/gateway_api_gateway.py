"""Gateway of the Gateway API: where connections come in, and which routes they find. Pure model.

Source: https://gateway-api.sigs.k8s.io/reference/spec/#gateway (1.5, both channels).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.types.gateway_api_listener import FrontendTLSValidation, Listener, RouteNamespaces
from schemas.types.gateway_api_names import ObjectName
from schemas.types.gateway_api_reference import LocalObjectReference, SecretObjectReference
from schemas.types.integers import PortNumber
from schemas.types.message import LenientMessage


class GatewayAddress(LenientMessage):
    """An address that is asked for."""

    type: Annotated[str, Field(min_length=1, max_length=253)] = "IPAddress"
    value: Annotated[str, Field(max_length=253)] = ""


class GatewayInfrastructure(LenientMessage):
    """What the proxies of the Gateway are given."""

    labels: Annotated[dict[str, str], Field(max_length=8)] = Field(default_factory=dict)
    annotations: Annotated[dict[str, str], Field(max_length=16)] = Field(default_factory=dict)
    parameters_ref: LocalObjectReference | None = None


class AllowedListeners(LenientMessage):
    """The ListenerSets that may add listeners."""

    namespaces: RouteNamespaces | None = None


class TLSConfig(LenientMessage):
    """Whose certificates clients must have."""

    validation: FrontendTLSValidation | None = None


class TLSPortConfig(LenientMessage):
    """The same for one port."""

    port: PortNumber
    tls: TLSConfig


class FrontendTLSConfig(LenientMessage):
    """Whose certificates clients must have, port by port."""

    default: TLSConfig
    per_port: Annotated[tuple[TLSPortConfig, ...], Field(max_length=64)] = ()


class GatewayBackendTLS(LenientMessage):
    """The certificate that backends are shown."""

    client_certificate_ref: SecretObjectReference | None = None


class GatewayTLSConfig(LenientMessage):
    """TLS of a whole Gateway."""

    backend: GatewayBackendTLS | None = None
    frontend: FrontendTLSConfig | None = None


class Gateway(LenientMessage):
    """The `spec` of a Gateway."""

    gateway_class_name: ObjectName
    listeners: Annotated[tuple[Listener, ...], Field(max_length=64)]
    addresses: Annotated[tuple[GatewayAddress, ...], Field(max_length=16)] = ()
    infrastructure: GatewayInfrastructure | None = None
    allowed_listeners: AllowedListeners | None = None
    tls: GatewayTLSConfig | None = None
    default_scope: Literal["All", "None"] | None = None
