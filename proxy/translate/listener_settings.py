"""What listeners read of the mesh's settings: rules of their own, so that other settings touch no listener. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pipeline.derive import View
from pipeline.stages.mesh_config import mesh_config
from proxy.mesh import mesh
from schemas.types.proxy_config import Topology

_FORWARDING: Final = ("SANITIZE", "FORWARD_ONLY", "APPEND_FORWARD", "SANITIZE_SET", "ALWAYS_FORWARD_ONLY")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerSettings:
    """The mesh's settings of listeners, see `proxy.mesh.MeshSettings`.

    `normalization` is `pathNormalization.normalization`; `trusted_hops`, `forward_certificate` and `proxy_protocol` are
    of `defaultConfig.gatewayTopology`.
    """

    outbound_port: int
    inbound_port: int
    http_proxy_port: int
    detection_timeout: timedelta
    normalization: str
    trusted_hops: int
    forward_certificate: str
    proxy_protocol: bool


def listener_settings(view: View, _: None) -> ListenerSettings:
    """The settings (a rule)."""
    found = view.derive(mesh, None)
    written = view.derive(mesh_config, None)
    topology = (written.default_config and written.default_config.gateway_topology) or Topology()
    forward = topology.forward_client_cert_details
    paths = written.path_normalization
    return ListenerSettings(
        outbound_port=found.proxy_listen_port,
        inbound_port=found.proxy_inbound_listen_port,
        http_proxy_port=found.proxy_http_port,
        detection_timeout=found.protocol_detection_timeout,
        normalization=paths.normalization if paths is not None else "DEFAULT",
        trusted_hops=topology.num_trusted_proxies,
        forward_certificate=forward if forward in _FORWARDING else "",
        proxy_protocol=topology.proxy_protocol is not None,
    )
