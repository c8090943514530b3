"""Kubernetes Service, as far as it is read. Pure model.

Source: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from schemas.types.integers import PortNumber
from schemas.types.message import LenientMessage

_HIGHEST = 65535


def _port(value: int | str | None) -> int | str | None:
    if isinstance(value, int) and not 0 <= value <= _HIGHEST:
        raise PydanticCustomError("port", "port {value} is not between 1 and 65535", {"value": value})
    return value


class ServicePort(LenientMessage):
    """A port of a Service; `target_port` is a number (0: `port`) or the name of a container's port."""

    port: PortNumber
    name: str = ""
    protocol: str = "TCP"
    app_protocol: str | None = None
    target_port: Annotated[int | str | None, AfterValidator(_port)] = None
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
