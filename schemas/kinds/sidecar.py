"""Sidecar: what the proxy beside a workload can reach, and how it is reached. Pure model.

Source: istio.io/api networking/v1alpha3/sidecar.proto and the CRD generated from it (1.30).
"""

from __future__ import annotations

from typing import Literal

from schemas.types.connection_pool import ConnectionPoolSettings
from schemas.types.destination import Destination
from schemas.types.message import Message
from schemas.types.port import SidecarPort
from schemas.types.selector import WorkloadSelector
from schemas.types.server_tls import ServerTLSSettings

CaptureMode = Literal["DEFAULT", "IPTABLES", "NONE"]


class IstioIngressListener(Message):
    """A listener for traffic to the workload."""

    port: SidecarPort
    bind: str = ""
    capture_mode: CaptureMode = "DEFAULT"
    default_endpoint: str = ""
    tls: ServerTLSSettings | None = None
    connection_pool: ConnectionPoolSettings | None = None


class IstioEgressListener(Message):
    """A listener for traffic from the workload, and the services (`namespace/dnsName`) behind it."""

    hosts: tuple[str, ...]
    port: SidecarPort | None = None
    bind: str = ""
    capture_mode: CaptureMode = "DEFAULT"


class OutboundTrafficPolicy(Message):
    """What happens to traffic for hosts that are not in the registry."""

    mode: Literal["REGISTRY_ONLY", "ALLOW_ANY"] = "REGISTRY_ONLY"
    egress_proxy: Destination | None = None


class Sidecar(Message):
    """The view of the mesh that the selected workloads get."""

    workload_selector: WorkloadSelector | None = None
    ingress: tuple[IstioIngressListener, ...] = ()
    egress: tuple[IstioEgressListener, ...] = ()
    inbound_connection_pool: ConnectionPoolSettings | None = None
    outbound_traffic_policy: OutboundTrafficPolicy | None = None
