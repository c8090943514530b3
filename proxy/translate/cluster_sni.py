"""Whether a gateway proxy forwards by server name alone (AUTO_PASSTHROUGH): then it has clusters for that. Pure rules.

Source: istio pilot/pkg/networking/core/cluster.go (buildOutboundSniDnatClusters).
"""

from __future__ import annotations

from pipeline.derive import View
from proxy.registry.gateway_objects import gateway_object
from proxy.registry.gateways import gateways_for
from proxy.registry.service import Labels


def forwards_by_server_name(view: View, labels: Labels) -> bool:
    """Whether some server of a Gateway that selects these labels is AUTO_PASSTHROUGH (a rule)."""
    found = (gateway_object(view, key) for key in view.derive(gateways_for, labels))
    servers = (server for item in found if item is not None for server in item.spec.servers)
    return any(server.tls is not None and server.tls.mode == "AUTO_PASSTHROUGH" for server in servers)
