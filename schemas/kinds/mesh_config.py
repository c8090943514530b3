"""MeshConfig: settings of the whole mesh; a document without apiVersion and kind, or the ConfigMap `istio`. Pure model.

Source: istio.io/api mesh/v1alpha1/config.proto (1.30). Istio merges what is written over its defaults, a written
`false` or `0` included: a field that is not written is `None` here, and its default is with whoever reads it.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AliasChoices, Field

from schemas.types.client_tls import ClientTLSSettings
from schemas.types.connection_pool import TcpKeepalive
from schemas.types.duration import AnyDuration
from schemas.types.extension_provider import ExtensionProvider
from schemas.types.http_retry import HTTPRetry
from schemas.types.integers import Int32, UInt32
from schemas.types.kube_selector import KubeLabelSelector
from schemas.types.locality import LocalityLoadBalancerSetting
from schemas.types.message import Message, OneOfMessage
from schemas.types.proxy_config import ProxyConfig


class OutboundTrafficPolicy(Message):
    """What happens to traffic for hosts that are not in the registry."""

    mode: Literal["REGISTRY_ONLY", "ALLOW_ANY"] = "REGISTRY_ONLY"


class InboundTrafficPolicy(Message):
    """Where a sidecar sends inbound traffic: to the address it came for, or to localhost."""

    mode: Literal["PASSTHROUGH", "LOCALHOST"] = "PASSTHROUGH"


class ConfigSource(Message):
    """Where configuration comes from."""

    address: str = ""
    tls_settings: ClientTLSSettings | None = None
    subscribed_resources: tuple[Literal["SERVICE_REGISTRY"], ...] = ()


class CertificateData(OneOfMessage):
    """A root that is trusted, for some signers or trust domains."""

    ONE_OF: ClassVar = (("pem", "spiffe_bundle_url"),)

    pem: str | None = None
    spiffe_bundle_url: str | None = None
    cert_signers: tuple[str, ...] = ()
    trust_domains: tuple[str, ...] = ()


class Certificate(Message):
    """A DNS certificate that istiod provides (deprecated)."""

    secret_name: str = ""
    dns_names: tuple[str, ...] = ()


class Settings(Message):
    """Settings of selected services."""

    cluster_local: bool = False


class ServiceSettings(Message):
    """Settings, and the hosts that they are for."""

    settings: Settings | None = None
    hosts: tuple[str, ...] = ()


class ServiceScopeConfigs(Message):
    """Which services are seen by other clusters (ambient mode)."""

    namespace_selector: KubeLabelSelector | None = None
    services_selector: KubeLabelSelector | None = None
    scope: Literal["LOCAL", "GLOBAL"] = "LOCAL"


class CA(Message):
    """An external certificate authority."""

    address: str = ""
    tls_settings: ClientTLSSettings | None = None
    request_timeout: AnyDuration | None = None
    istiod_side: bool = False


class DefaultProviders(Message):
    """Providers that are used where a kind names none."""

    tracing: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    access_logging: tuple[str, ...] = ()


class ProxyPathNormalization(Message):
    """How paths of requests are normalised before they are matched."""

    normalization: Literal["DEFAULT", "NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"] = "DEFAULT"


class TLSConfig(Message):
    """TLS of the mesh."""

    min_protocol_version: Literal["TLS_AUTO", "TLSV1_2", "TLSV1_3"] = "TLS_AUTO"
    ecdh_curves: tuple[str, ...] = ()
    cipher_suites: tuple[str, ...] = ()


class MeshConfig(Message):
    """What holds for every proxy of the mesh, unless a kind says otherwise."""

    proxy_listen_port: Int32 | None = None
    proxy_inbound_listen_port: Int32 | None = None
    proxy_http_port: Int32 | None = None
    connect_timeout: AnyDuration | None = None
    protocol_detection_timeout: AnyDuration | None = None
    tcp_keepalive: TcpKeepalive | None = None
    ingress_class: str | None = None
    ingress_service: str | None = None
    ingress_controller_mode: Literal["UNSPECIFIED", "OFF", "DEFAULT", "STRICT"] | None = None
    ingress_selector: str | None = None
    enable_tracing: bool | None = None
    access_log_file: str | None = None
    access_log_format: str | None = None
    access_log_encoding: Literal["TEXT", "JSON"] | None = None
    enable_envoy_access_log_service: bool | None = None
    disable_envoy_listener_log: bool | None = None
    default_config: ProxyConfig | None = None
    outbound_traffic_policy: OutboundTrafficPolicy | None = None
    inbound_traffic_policy: InboundTrafficPolicy | None = None
    config_sources: tuple[ConfigSource, ...] = ()
    enable_auto_mtls: bool | None = None
    trust_domain: str | None = None
    trust_domain_aliases: tuple[str, ...] = ()
    ca_certificates: tuple[CertificateData, ...] = ()
    default_service_export_to: tuple[str, ...] | None = None
    default_virtual_service_export_to: tuple[str, ...] | None = None
    default_destination_rule_export_to: tuple[str, ...] | None = None
    root_namespace: str | None = None
    locality_lb_setting: LocalityLoadBalancerSetting | None = None
    dns_refresh_rate: AnyDuration | None = None
    h2_upgrade_policy: Literal["DO_NOT_UPGRADE", "UPGRADE"] | None = None
    inbound_cluster_stat_name: str | None = None
    outbound_cluster_stat_name: str | None = None
    certificates: tuple[Certificate, ...] = ()
    service_settings: tuple[ServiceSettings, ...] = ()
    service_scope_configs: tuple[ServiceScopeConfigs, ...] = ()
    enable_prometheus_merge: bool | None = None
    verify_certificate_at_client: bool | None = None
    ca: CA | None = None
    extension_providers: tuple[ExtensionProvider, ...] = ()
    default_providers: DefaultProviders | None = None
    discovery_selectors: tuple[KubeLabelSelector, ...] = ()
    path_normalization: ProxyPathNormalization | None = None
    default_http_retry_policy: HTTPRetry | None = None
    mesh_mtls: TLSConfig | None = Field(
        default=None, validation_alias=AliasChoices("meshMTLS", "mesh_mTLS"), serialization_alias="meshMTLS"
    )
    tls_defaults: TLSConfig | None = None
    file_flush_interval: UInt32 | None = None
    file_flush_min_size: UInt32 | None = None
