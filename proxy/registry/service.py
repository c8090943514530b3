"""Services, their ports and endpoints, as every registry's objects are turned into. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from pipeline.model.key import Key

Labels = tuple[tuple[str, str], ...]
"""Labels as sorted pairs."""


class Protocol(Enum):
    """What a port speaks; AUTO is found out from the first bytes."""

    HTTP = "HTTP"
    HTTP2 = "HTTP2"
    GRPC = "GRPC"
    GRPC_WEB = "GRPC-Web"
    HTTPS = "HTTPS"
    TLS = "TLS"
    TCP = "TCP"
    MONGO = "Mongo"
    REDIS = "Redis"
    MYSQL = "MySQL"
    UDP = "UDP"
    AUTO = "AUTO"

    @property
    def is_http(self) -> bool:
        """Whether requests are visible: any form of plain HTTP."""
        return self in _HTTP

    @property
    def is_http2(self) -> bool:
        """Whether upstream connections are HTTP/2 from the start."""
        return self in (Protocol.HTTP2, Protocol.GRPC, Protocol.GRPC_WEB)

    @property
    def is_tls(self) -> bool:
        """Whether the client's bytes are TLS, with a server name to route by."""
        return self in (Protocol.HTTPS, Protocol.TLS)

    @property
    def is_tcp(self) -> bool:
        """Whether connections are forwarded as they are: everything but HTTP, UDP and what is still to be found out."""
        return self not in _HTTP and self not in (Protocol.UDP, Protocol.AUTO)


_HTTP = frozenset({Protocol.HTTP, Protocol.HTTP2, Protocol.GRPC, Protocol.GRPC_WEB})


class Resolution(Enum):
    """How the endpoints of a service are found."""

    STATIC = "STATIC"
    """The endpoints are known (EDS)."""
    DNS = "DNS"
    """Names that the proxy resolves; every address is an endpoint."""
    DNS_ROUND_ROBIN = "DNS_ROUND_ROBIN"
    """One name that the proxy resolves; the first address is used."""
    NONE = "NONE"
    """The address that the client asked for."""
    ALIAS = "ALIAS"
    """Another service (ExternalName)."""
    DYNAMIC_DNS = "DYNAMIC_DNS"
    """The host that each request names."""
    PASSTHROUGH = "PASSTHROUGH"
    """The pod that the client asked for (a headless service)."""


class Port(NamedTuple):
    """A port of a service; `target` is the workload's own: a number, a container port's name, None for the same."""

    number: int
    name: str
    protocol: Protocol
    target: int | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One host of the mesh, without its endpoints: they change on their own.

    `key` is the object that declares it (the oldest, where several do). `export_to` holds `*`, `~` or names of
    namespaces, `.` being resolved; it is never empty. `created` is RFC 3339 or empty. `addresses` are IPs or CIDRs.
    `selector` are the labels of its workloads, None where the endpoints are listed otherwise. `alias` is the host that
    an ExternalName stands for. `headless` marks a Kubernetes Service without an address.
    """

    host: str
    key: Key
    namespace: str
    resolution: Resolution
    ports: tuple[Port, ...] = ()
    addresses: tuple[str, ...] = ()
    mesh_external: bool = False
    export_to: frozenset[str] = frozenset({"*"})
    created: str = ""
    kubernetes: bool = False
    headless: bool = False
    subject_alt_names: tuple[str, ...] = ()
    selector: Labels | None = None
    alias: str = ""
    labels: Labels = ()

    def port(self, number: int) -> Port | None:
        """The port of that number."""
        return next((port for port in self.ports if port.number == number), None)

    @property
    def name(self) -> str:
        """The service's short name in statistics and metadata: the object's for Kubernetes, else the host."""
        return self.key.name if self.kubernetes else self.host


class Locality(NamedTuple):
    """Region, zone and subzone, as `region/zone/subzone` is written; empty where unknown."""

    region: str = ""
    zone: str = ""
    sub_zone: str = ""

    def __str__(self) -> str:
        """`region/zone/subzone`, without the empty end."""
        return "/".join(self).rstrip("/")

    @classmethod
    def parse(cls, text: str) -> Locality:
        """The locality that `region/zone/subzone` (or a beginning of it) names."""
        region, _, rest = text.partition("/")
        zone, _, sub_zone = rest.partition("/")
        return cls(region, zone, sub_zone)


NOWHERE = Locality()
"""The locality of what did not say where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One place where a port of a service is served.

    `address` is an IP, a DNS name, or `unix://PATH` (then `port` is 0). `weight` 0 means unset. `tls_mode` is `istio`
    where the workload's proxy takes Istio's mutual TLS. `workload` names the pod or entry, for metadata.
    """

    address: str
    port: int
    labels: Labels = ()
    locality: Locality = NOWHERE
    weight: int = 0
    network: str = ""
    service_account: str = ""
    tls_mode: str = ""
    healthy: bool = True
    namespace: str = ""
    workload: str = ""


class PortKey(NamedTuple):
    """A port of a service: the key of `proxy.registry.endpoints.endpoints_of`."""

    service: Key
    host: str
    port: int


class ServiceInstance(NamedTuple):
    """A port of a service that the proxy's own workload serves, and where it listens."""

    service: Key
    host: str
    port: int
    target_port: int
