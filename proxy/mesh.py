"""`mesh`: the settings of the mesh that proxies are made by, with Istio's defaults. Pure.

Each consumer reads a rule of its own over this one, with just the fields that it needs, so that one setting's change
recomputes what depends on it and nothing else.
Source of the defaults: istio pkg/config/mesh/mesh.go (DefaultMeshConfig). What is written replaces a default as a
whole: `outboundTrafficPolicy: {}` is REGISTRY_ONLY, the mode's zero value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from pipeline.derive import View
from pipeline.stages.mesh_config import ROOT_NAMESPACE, mesh_config
from schemas.kinds.mesh_config import MeshConfig
from schemas.types.connection_pool import TcpKeepalive
from schemas.types.http_retry import HTTPRetry
from schemas.types.locality import LocalityLoadBalancerSetting

_EVERYWHERE = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshSettings:
    """What of MeshConfig has a default."""

    root_namespace: str = ROOT_NAMESPACE
    trust_domain: str = "cluster.local"
    proxy_listen_port: int = 15001
    proxy_inbound_listen_port: int = 15006
    proxy_http_port: int = 0
    connect_timeout: timedelta = timedelta(seconds=10)
    dns_refresh_rate: timedelta = timedelta(seconds=60)
    protocol_detection_timeout: timedelta = timedelta()
    outbound_allow_any: bool = True
    inbound_passthrough: bool = True
    enable_auto_mtls: bool = True
    h2_upgrade: bool = False
    tcp_keepalive: TcpKeepalive | None = None
    locality_lb: LocalityLoadBalancerSetting = field(default_factory=LocalityLoadBalancerSetting)
    default_http_retry_policy: HTTPRetry | None = None
    service_export_to: tuple[str, ...] = _EVERYWHERE
    virtual_service_export_to: tuple[str, ...] = _EVERYWHERE
    destination_rule_export_to: tuple[str, ...] = _EVERYWHERE
    access_log_file: str = ""
    access_log_format: str = ""
    access_log_encoding: Literal["TEXT", "JSON"] = "TEXT"
    outbound_cluster_stat_name: str = ""
    inbound_cluster_stat_name: str = ""


def mesh(view: View, _: None) -> MeshSettings:
    """The settings of the mesh (a rule)."""
    return settings_of(view.derive(mesh_config, None))


def root_namespace(view: View, _: None) -> str:
    """The namespace whose rules hold for the whole mesh (a rule of its own, so that other settings touch nobody)."""
    return view.derive(mesh, None).root_namespace


def settings_of(config: MeshConfig) -> MeshSettings:
    """The settings that a MeshConfig means: what is written, else the default."""
    default = MeshSettings()
    outbound, inbound = config.outbound_traffic_policy, config.inbound_traffic_policy
    return MeshSettings(
        root_namespace=config.root_namespace or default.root_namespace,
        trust_domain=config.trust_domain or default.trust_domain,
        proxy_listen_port=config.proxy_listen_port or default.proxy_listen_port,
        proxy_inbound_listen_port=config.proxy_inbound_listen_port or default.proxy_inbound_listen_port,
        proxy_http_port=config.proxy_http_port or default.proxy_http_port,
        connect_timeout=config.connect_timeout or default.connect_timeout,
        dns_refresh_rate=config.dns_refresh_rate or default.dns_refresh_rate,
        protocol_detection_timeout=config.protocol_detection_timeout or default.protocol_detection_timeout,
        outbound_allow_any=outbound is None or outbound.mode == "ALLOW_ANY",
        inbound_passthrough=inbound is None or inbound.mode == "PASSTHROUGH",
        enable_auto_mtls=config.enable_auto_mtls is not False,
        h2_upgrade=config.h2_upgrade_policy == "UPGRADE",
        tcp_keepalive=config.tcp_keepalive,
        locality_lb=config.locality_lb_setting or default.locality_lb,
        default_http_retry_policy=config.default_http_retry_policy,
        service_export_to=config.default_service_export_to or _EVERYWHERE,
        virtual_service_export_to=config.default_virtual_service_export_to or _EVERYWHERE,
        destination_rule_export_to=config.default_destination_rule_export_to or _EVERYWHERE,
        access_log_file=config.access_log_file or "",
        access_log_format=config.access_log_format or "",
        access_log_encoding=config.access_log_encoding or "TEXT",
        outbound_cluster_stat_name=config.outbound_cluster_stat_name or "",
        inbound_cluster_stat_name=config.inbound_cluster_stat_name or "",
    )
