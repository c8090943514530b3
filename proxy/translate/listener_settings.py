"""What listeners read of the mesh's settings: rules of their own, so that other settings touch no listener. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from pipeline.derive import View
from proxy.mesh import mesh

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
    topology = _mapping(_mapping(found.raw.get("defaultConfig")).get("gatewayTopology"))
    hops = topology.get("numTrustedProxies")
    forward = topology.get("forwardClientCertDetails")
    return ListenerSettings(
        outbound_port=found.proxy_listen_port,
        inbound_port=found.proxy_inbound_listen_port,
        http_proxy_port=found.proxy_http_port,
        detection_timeout=found.protocol_detection_timeout,
        normalization=str(_mapping(found.raw.get("pathNormalization")).get("normalization") or "DEFAULT"),
        trusted_hops=hops if isinstance(hops, int) and 0 < hops < 1 << 32 else 0,
        forward_certificate=forward if forward in _FORWARDING else "",
        proxy_protocol=isinstance(topology.get("proxyProtocol"), Mapping),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
