"""The clusters and load assignments of all services that a proxy can reach, joined by name. Pure rules.

They are joined once for all proxies with one vantage; what depends on where a proxy is, is filled in after.
"""

from __future__ import annotations

from operator import itemgetter
from typing import NamedTuple

from pipeline.derive import View
from proxy.ref import Ref
from proxy.registry.destination_rules import RuleQuery, rules_at
from proxy.registry.networks import networks
from proxy.registry.ordinary import shared_vantage
from proxy.registry.placement import Plan
from proxy.registry.seen import visible_hosts
from proxy.registry.vantage import Vantage
from proxy.scope import Flavour, ProxyType, Scope, vantage_of
from proxy.translate.cluster_assignment import AssignmentKey
from proxy.translate.cluster_outbound import ClusterKey
from proxy.translate.cluster_plans import Position, ServiceClusters, ServiceRefs, placed_at, service_refs
from proxy.translate.cluster_sni import forwards_by_server_name

_NAME = itemgetter(0)


class Outbound(NamedTuple):
    """What decides which clusters of services a proxy has; `sni` asks for those behind AUTO_PASSTHROUGH."""

    vantage: Vantage
    router: bool = False
    agent: bool = False
    sni: bool = False


class OutboundAt(NamedTuple):
    """The same, and where the proxy is."""

    outbound: Outbound
    position: Position


def outbound_refs(view: View, key: Outbound) -> ServiceRefs:
    """The clusters and load assignments of all services, each by name (a rule)."""
    clusters: list[Ref] = []
    assignments: list[Ref] = []
    placed: list[tuple[Ref, Plan]] = []
    for seen in view.derive(visible_hosts, key.vantage):
        namespace = seen.service.namespace
        rules = view.derive(rules_at, RuleQuery(key.vantage, seen.host, namespace))
        found = view.derive(
            service_refs, ServiceClusters(namespace, seen.host, seen.ports, rules, key.router, key.agent, key.sni)
        )
        clusters.extend(found.clusters)
        assignments.extend(found.assignments)
        placed.extend(found.placed)
    return ServiceRefs(tuple(sorted(clusters, key=_NAME)), tuple(sorted(assignments, key=_NAME)), tuple(placed))


def service_cluster_refs(view: View, key: OutboundAt) -> tuple[Ref, ...]:
    """The clusters of all services, for proxies at a position (a rule)."""
    found = view.derive(outbound_refs, key.outbound)
    placed = placed_at((item for item in found.placed if isinstance(item[0].key, ClusterKey)), key.position)
    return tuple(sorted((*found.clusters, *placed), key=_NAME)) if placed else found.clusters


def service_endpoint_refs(view: View, key: OutboundAt) -> tuple[Ref, ...]:
    """The load assignments of all services, for proxies at a position (a rule)."""
    found = view.derive(outbound_refs, key.outbound)
    placed = placed_at((item for item in found.placed if isinstance(item[0].key, AssignmentKey)), key.position)
    refs = tuple(sorted((*found.assignments, *placed), key=_NAME)) if placed else found.assignments
    here = key.position.network
    return tuple(_within(ref, here) for ref in refs) if here and view.derive(networks, None).gateways else refs


def _within(ref: Ref, network: str) -> Ref:
    """A load assignment as clients in a network see it."""
    assert isinstance(ref.key, AssignmentKey)
    return Ref(ref.name, ref.rule, ref.key.within(network))


def outbound_at(view: View, scope: Scope) -> tuple[OutboundAt, ...]:
    """What decides which clusters of services the proxies of a scope have, in the order of the clusters' names."""
    router = scope.type is ProxyType.ROUTER
    vantage = view.derive(shared_vantage, vantage_of(scope))
    outbound = Outbound(vantage, router, scope.flavour is Flavour.ISTIO)
    position = Position(scope.locality, scope.labels, scope.network, scope.cluster_id)
    if router and view.derive(forwards_by_server_name, scope.labels):
        return OutboundAt(outbound._replace(sni=True), position), OutboundAt(outbound, position)
    return (OutboundAt(outbound, position),)
