"""What clusters read of the mesh's settings: a rule of its own, so that other settings touch no cluster. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pipeline.derive import View
from proxy.mesh import mesh
from proxy.registry.service import Service
from schemas.types.connection_pool import TcpKeepalive
from schemas.types.locality import LocalityLoadBalancerSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSettings:
    """The mesh's settings of clusters, see `proxy.mesh.MeshSettings`."""

    connect_timeout: timedelta
    dns_refresh_rate: timedelta
    tcp_keepalive: TcpKeepalive | None
    h2_upgrade: bool
    auto_mtls: bool
    trust_domain: str
    inbound_passthrough: bool
    outbound_stat_name: str
    inbound_stat_name: str


def cluster_settings(view: View, _: None) -> ClusterSettings:
    """The settings (a rule)."""
    found = view.derive(mesh, None)
    return ClusterSettings(
        connect_timeout=found.connect_timeout or timedelta(seconds=10),
        dns_refresh_rate=found.dns_refresh_rate or timedelta(seconds=60),
        tcp_keepalive=found.tcp_keepalive,
        h2_upgrade=found.h2_upgrade,
        auto_mtls=found.enable_auto_mtls,
        trust_domain=found.trust_domain,
        inbound_passthrough=found.inbound_passthrough,
        outbound_stat_name=found.outbound_cluster_stat_name,
        inbound_stat_name=found.inbound_cluster_stat_name,
    )


def locality_setting(view: View, _: None) -> LocalityLoadBalancerSetting:
    """The mesh's setting of localities (a rule)."""
    return view.derive(mesh, None).locality_lb


def stat_name(pattern: str, service: Service, port: int, subset: str = "", target_port: int = 0) -> str:
    """A cluster's name in statistics, by the mesh's pattern; empty where it has none.

    Source: istio pilot/pkg/networking/telemetry/telemetry.go (BuildStatPrefix).
    """
    if not pattern:
        return ""
    named = service.port(port)
    short = f"{service.key.name}.{service.namespace}" if service.kubernetes else service.host
    values = {
        "%SERVICE%": short,
        "%SERVICE_FQDN%": service.host,
        "%SERVICE_PORT%": str(port),
        "%SERVICE_PORT_NAME%": named.name if named is not None else "",
        "%SUBSET_NAME%": subset,
        "%TARGET_PORT%": str(target_port or port),
    }
    for word, value in values.items():
        pattern = pattern.replace(word, value)
    return pattern
