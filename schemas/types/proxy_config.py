"""`ProxyConfig`: settings of single proxies, in the mesh configuration and in pods' annotations. Pure.

Source: istio.io/api mesh/v1alpha1/proxy.proto (1.30). A field that is not written is `None`, since an annotation
overrides the mesh's settings field by field.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from schemas.kinds.workload_group import ReadinessProbe
from schemas.types.client_tls import ClientTLSSettings
from schemas.types.connection_pool import TcpKeepalive
from schemas.types.duration import AnyDuration
from schemas.types.integers import Int32, UInt32
from schemas.types.message import Message, OneOfMessage
from schemas.types.proxy_headers import ForwardClientCertDetails, ProxyHeaders
from schemas.types.tracing import Tracing


class RemoteService(Message):
    """A service that proxies report to."""

    address: str = ""
    tls_settings: ClientTLSSettings | None = None
    tcp_keepalive: TcpKeepalive | None = None


class ProxyProtocolConfiguration(Message):
    """Its presence makes gateways expect the PROXY protocol from clients."""


class Topology(Message):
    """What stands in front of gateways."""

    num_trusted_proxies: UInt32 = 0
    forward_client_cert_details: ForwardClientCertDetails = "UNDEFINED"
    proxy_protocol: ProxyProtocolConfiguration | None = None


class AcceleratedKeys(Message):
    """Private key operations in hardware."""

    poll_delay: AnyDuration | None = None
    fallback: bool | None = None


class PrivateKeyProvider(OneOfMessage):
    """Who does private key operations."""

    ONE_OF: ClassVar = (("cryptomb", "qat"),)

    cryptomb: AcceleratedKeys | None = None
    qat: AcceleratedKeys | None = None


class ProxyStatsMatcher(Message):
    """Metrics of Envoy that are kept besides the default ones."""

    inclusion_prefixes: tuple[str, ...] = ()
    inclusion_suffixes: tuple[str, ...] = ()
    inclusion_regexps: tuple[str, ...] = ()


class ProxyImage(Message):
    """The variant of the proxy's image."""

    image_type: str = ""


class SDS(Message):
    """The deprecated switch for secret discovery."""

    enabled: bool = False
    k8s_sa_jwt_path: str = ""


class ProxyConfig(OneOfMessage):
    """Settings that a proxy starts with."""

    ONE_OF: ClassVar = (("service_cluster", "tracing_service_name"),)

    config_path: str | None = None
    binary_path: str | None = None
    service_cluster: str | None = None
    tracing_service_name: (
        Literal["APP_LABEL_AND_NAMESPACE", "CANONICAL_NAME_ONLY", "CANONICAL_NAME_AND_NAMESPACE"] | None
    ) = None
    drain_duration: AnyDuration | None = None
    parent_shutdown_duration: AnyDuration | None = None
    discovery_address: str | None = None
    discovery_refresh_delay: AnyDuration | None = None
    zipkin_address: str | None = None
    statsd_udp_address: str | None = None
    envoy_metrics_service_address: str | None = None
    proxy_admin_port: Int32 | None = None
    availability_zone: str | None = None
    control_plane_auth_policy: Literal["NONE", "MUTUAL_TLS", "INHERIT"] | None = None
    custom_config_file: str | None = None
    stat_name_length: Int32 | None = None
    concurrency: Int32 | None = None
    proxy_bootstrap_template_path: str | None = None
    interception_mode: Literal["REDIRECT", "TPROXY", "NONE"] | None = None
    tracing: Tracing | None = None
    sds: SDS | None = None
    envoy_access_log_service: RemoteService | None = None
    envoy_metrics_service: RemoteService | None = None
    proxy_metadata: dict[str, str] = Field(default_factory=dict)
    runtime_values: dict[str, str] = Field(default_factory=dict)
    status_port: Int32 | None = None
    extra_stat_tags: tuple[str, ...] = ()
    gateway_topology: Topology | None = None
    termination_drain_duration: AnyDuration | None = None
    mesh_id: str | None = None
    readiness_probe: ReadinessProbe | None = None
    proxy_stats_matcher: ProxyStatsMatcher | None = None
    hold_application_until_proxy_starts: bool | None = None
    ca_certificates_pem: tuple[str, ...] = ()
    image: ProxyImage | None = None
    private_key_provider: PrivateKeyProvider | None = None
    proxy_headers: ProxyHeaders | None = None
    stats_compression: bool | None = None
    file_flush_interval: AnyDuration | None = None
    file_flush_min_size_kb: UInt32 | None = None
