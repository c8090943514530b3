"""Kubernetes Service, as far as it is read. Pure model.

Source: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/
"""

from __future__ import annotations

from pydantic import Field

from schemas.types.message import LenientMessage


class ServicePort(LenientMessage):
    """A port of a Service; `target_port` is a number or the name of a container's port."""

    port: int
    name: str = ""
    protocol: str = "TCP"
    app_protocol: str | None = None
    target_port: int | str | None = None
    node_port: int = 0


class Service(LenientMessage):
    """The `spec` of a Service. `cluster_ip` `None` as text is a headless one."""

    type: str = "ClusterIP"
    cluster_ip: str = Field(default="", alias="clusterIP")
    cluster_ips: tuple[str, ...] = Field(default=(), alias="clusterIPs")
    external_ips: tuple[str, ...] = Field(default=(), alias="externalIPs")
    external_name: str = ""
    load_balancer_ip: str = Field(default="", alias="loadBalancerIP")
    ports: tuple[ServicePort, ...] = ()
    selector: dict[str, str] = Field(default_factory=dict)
    publish_not_ready_addresses: bool = False
    internal_traffic_policy: str | None = None
    external_traffic_policy: str = ""
    session_affinity: str = ""
    traffic_distribution: str | None = None
    ip_families: tuple[str, ...] = ()
