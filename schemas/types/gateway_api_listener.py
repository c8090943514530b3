"""Listeners of a Gateway or a ListenerSet, and their TLS. Pure. Source: apis/v1/gateway_types.go of the Gateway API."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from schemas.gateway_api_kinds import GROUP
from schemas.types.gateway_api_names import Group, Hostname, KindName, SectionName
from schemas.types.gateway_api_reference import ObjectReference, SecretObjectReference
from schemas.types.message import LenientMessage

_TERMINATE_MODE: Final = "gateway.istio.io/tls-terminate-mode"
_PortOrNone = Annotated[int, Field(ge=0, le=65535)]


class SelectorRequirement(LenientMessage):
    """A key and what its values must be."""

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: tuple[str, ...] = ()


class NamespaceSelector(LenientMessage):
    """Labels and expressions of namespaces that must all hold."""

    match_labels: dict[str, str] = Field(default_factory=dict)
    match_expressions: tuple[SelectorRequirement, ...] = ()


class RouteNamespaces(LenientMessage):
    """The namespaces that routes or listeners may come from."""

    from_: Literal["All", "Selector", "Same", "None"] | None = Field(default=None, alias="from")
    selector: NamespaceSelector | None = None


class RouteGroupKind(LenientMessage):
    """A kind of routes."""

    group: Group = GROUP
    kind: KindName


class AllowedRoutes(LenientMessage):
    """The routes that may be attached."""

    namespaces: RouteNamespaces | None = None
    kinds: Annotated[tuple[RouteGroupKind, ...], Field(max_length=8)] = ()


class FrontendTLSValidation(LenientMessage):
    """Whose certificates clients must have."""

    ca_certificate_refs: Annotated[tuple[ObjectReference, ...], Field(max_length=8)]
    mode: Literal["AllowValidOnly", "AllowInsecureFallback"] = "AllowValidOnly"


class ListenerTLSConfig(LenientMessage):
    """How a listener ends TLS, or lets it pass. `frontend_validation` is an experimental form of old."""

    mode: Literal["Terminate", "Passthrough"] | None = None
    certificate_refs: Annotated[tuple[SecretObjectReference, ...], Field(max_length=64)] = ()
    frontend_validation: FrontendTLSValidation | None = None
    options: Annotated[dict[str, str], Field(max_length=16)] = Field(default_factory=dict)

    @property
    def asks_clients(self) -> bool:
        """Whether clients must have certificates, by the form of old or by Istio's option."""
        return self.frontend_validation is not None or self.options.get(_TERMINATE_MODE, "SIMPLE") != "SIMPLE"


class Listener(LenientMessage):
    """A port, a protocol, a host: where connections come in. Only a listener of a ListenerSet may have no port (0)."""

    name: SectionName
    hostname: Hostname | None = None
    port: _PortOrNone = 0
    protocol: Annotated[str, Field(min_length=1, max_length=255)]
    tls: ListenerTLSConfig | None = None
    allowed_routes: AllowedRoutes | None = None
