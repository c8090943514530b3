"""EnvoyFilter: patches of the configuration that proxies are sent. Pure model.

Source: istio.io/api networking/v1alpha3/envoy_filter.proto and the CRD generated from it (1.30).
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.types.free_object import FreeObject
from schemas.types.integers import Int32, UInt32
from schemas.types.message import Message, OneOfMessage
from schemas.types.policy_target import MOST_TARGETS, PolicyTargetReference
from schemas.types.selector import WorkloadSelector

ApplyTo = Literal[
    "INVALID",
    "LISTENER",
    "FILTER_CHAIN",
    "NETWORK_FILTER",
    "HTTP_FILTER",
    "ROUTE_CONFIGURATION",
    "VIRTUAL_HOST",
    "HTTP_ROUTE",
    "CLUSTER",
    "EXTENSION_CONFIG",
    "BOOTSTRAP",
    "LISTENER_FILTER",
]

Operation = Literal[
    "INVALID",
    "MERGE",
    "ADD",
    "REMOVE",
    "INSERT_BEFORE",
    "INSERT_AFTER",
    "INSERT_FIRST",
    "REPLACE",
    "MERGE_AND_REPLACE_LIST",
]


class ProxyMatch(Message):
    """Proxies by their version (an RE2 expression) and the texts in their metadata."""

    proxy_version: str = ""
    metadata: dict[str, str] = Field(default_factory=dict)


class SubFilterMatch(Message):
    """A filter inside of a filter, by its name."""

    name: str = ""


class FilterMatch(Message):
    """A network filter, by its name."""

    name: str = ""
    sub_filter: SubFilterMatch | None = None


class FilterChainMatch(Message):
    """A filter chain, by its name and by what it matches."""

    name: str = ""
    sni: str = ""
    transport_protocol: str = ""
    application_protocols: str = ""
    filter: FilterMatch | None = None
    destination_port: UInt32 = 0


class ListenerMatch(Message):
    """A listener, and what is inside of it."""

    port_number: UInt32 = 0
    port_name: str = ""
    filter_chain: FilterChainMatch | None = None
    listener_filter: str = ""
    name: str = ""


class RouteMatch(Message):
    """A route, by its name and what it does."""

    name: str = ""
    action: Literal["ANY", "ROUTE", "REDIRECT", "DIRECT_RESPONSE"] = "ANY"


class VirtualHostMatch(Message):
    """A virtual host (`host:port`), and a route inside of it."""

    name: str = ""
    domain_name: str = ""
    route: RouteMatch | None = None


class RouteConfigurationMatch(Message):
    """A route configuration, and what is inside of it."""

    port_number: UInt32 = 0
    port_name: str = ""
    gateway: str = ""
    vhost: VirtualHostMatch | None = None
    name: str = ""


class ClusterMatch(Message):
    """A cluster, by the service that it is for, or by its name."""

    port_number: UInt32 = 0
    service: str = ""
    subset: str = ""
    name: str = ""


class WaypointRouteMatch(Message):
    """A route of a waypoint, by its name."""

    name: str = ""


class WaypointMatch(Message):
    """What is inside of a waypoint."""

    port_number: UInt32 | None = None
    filter: FilterMatch | None = None
    route: WaypointRouteMatch | None = None


class EnvoyConfigObjectMatch(OneOfMessage):
    """Which of the generated objects are patched: at most one of the last four."""

    ONE_OF: ClassVar = (("listener", "route_configuration", "cluster", "waypoint"),)

    context: Literal["ANY", "SIDECAR_INBOUND", "SIDECAR_OUTBOUND", "GATEWAY", "WAYPOINT"] = "ANY"
    proxy: ProxyMatch | None = None
    listener: ListenerMatch | None = None
    route_configuration: RouteConfigurationMatch | None = None
    cluster: ClusterMatch | None = None
    waypoint: WaypointMatch | None = None


class Patch(Message):
    """What is done, and with what."""

    operation: Operation = "INVALID"
    value: FreeObject | None = None
    filter_class: Literal["UNSPECIFIED", "AUTHN", "AUTHZ", "STATS"] = "UNSPECIFIED"


class EnvoyConfigObjectPatch(Message):
    """A kind of Envoy's objects, which of them, and the patch."""

    apply_to: ApplyTo = "INVALID"
    match: EnvoyConfigObjectMatch | None = None
    patch: Patch | None = None


class EnvoyFilter(Message):
    """Patches for the selected proxies, in their order; with less `priority` first."""

    workload_selector: WorkloadSelector | None = None
    target_refs: Annotated[tuple[PolicyTargetReference, ...], Field(max_length=MOST_TARGETS)] = ()
    config_patches: tuple[EnvoyConfigObjectPatch, ...] = ()
    priority: Int32 = 0
