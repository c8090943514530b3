"""Kubernetes Pod, as far as it is read. Pure model.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
"""

from __future__ import annotations

from pydantic import Field

from schemas.types.integers import PortNumber
from schemas.types.message import LenientMessage


class ContainerPort(LenientMessage):
    """A port of a container; its name is what a Service's `targetPort` may say."""

    container_port: PortNumber
    name: str = ""
    protocol: str = "TCP"


class Container(LenientMessage):
    """A container, for its named ports."""

    name: str = ""
    ports: tuple[ContainerPort, ...] = ()


class PodSpec(LenientMessage):
    """Where a pod runs and as whom."""

    service_account_name: str = ""
    node_name: str = ""
    host_network: bool = False
    hostname: str = ""
    subdomain: str = ""
    containers: tuple[Container, ...] = ()


class PodIP(LenientMessage):
    """One of the addresses of a pod."""

    ip: str = ""


class PodCondition(LenientMessage):
    """A condition such as `Ready`."""

    type: str = ""
    status: str = ""


class PodStatus(LenientMessage):
    """What a cluster says of a pod."""

    phase: str = ""
    pod_ip: str = Field(default="", alias="podIP")
    pod_ips: tuple[PodIP, ...] = Field(default=(), alias="podIPs")
    host_ip: str = Field(default="", alias="hostIP")
    conditions: tuple[PodCondition, ...] = ()


class Pod(LenientMessage):
    """A pod's `spec` and `status`."""

    spec: PodSpec | None = None
    status: PodStatus | None = None
