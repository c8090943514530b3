"""The clusters that a proxy sees: fixed ones, those of its own ports, those of every service it can reach. Pure rules.

Source: istio pilot/pkg/networking/core/cluster.go (BuildClusters).
"""

from __future__ import annotations

from pipeline.derive import View
from proxy.ref import Ref
from proxy.scope import ProxyType, Scope, vantage_of
from proxy.translate.cluster_fixed import fixed_refs
from proxy.translate.cluster_inbound import inbound_refs
from proxy.translate.cluster_join import outbound_at, service_cluster_refs


def cluster_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """All clusters of a proxy, by name (a rule)."""
    router = scope.type is ProxyType.ROUTER
    captured = scope.interception_mode != "NONE"
    inbound = () if router else view.derive(inbound_refs, (scope.instances, vantage_of(scope), captured))
    outbound = (ref for key in outbound_at(view, scope) for ref in view.derive(service_cluster_refs, key))
    return (*fixed_refs(router=router), *inbound, *outbound)
