"""Which clusters and load assignments a service has for clients of one kind. Pure rules.

One small result a service: the names that proxies see are joined from these, and only a service whose own names change
makes anybody join again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pipeline.derive import View
from proxy.ref import Ref
from proxy.registry.destination_rules import RuleKeys, merged_rule
from proxy.registry.placement import Placement, Plan, augmented, plan_of
from proxy.registry.service import Labels, Locality, PortKey, Protocol
from proxy.registry.services import HostIn, service_in
from proxy.registry.traffic_policy import policy_at
from proxy.translate.cluster_assignment import AssignmentKey, load_assignment
from proxy.translate.cluster_outbound import ClusterKey, outbound_cluster_of
from proxy.translate.cluster_peers import peers_of
from proxy.translate.cluster_settings import locality_setting
from proxy.translate.cluster_type import Discovery, discovery_of


class ServiceClusters(NamedTuple):
    """A service as clients of one kind see it: `ports` are those they see (None: all), `rules` those that apply."""

    namespace: str
    host: str
    ports: tuple[int, ...] | None = None
    rules: RuleKeys = ()
    router: bool = False
    agent: bool = False
    sni: bool = False


class ServiceRefs(NamedTuple):
    """The resources of a service: those alike for every client, and those that depend on where the client is."""

    clusters: tuple[Ref, ...]
    assignments: tuple[Ref, ...]
    placed: tuple[tuple[Ref, Plan], ...] = ()


class Position(NamedTuple):
    """Where a client is, in full."""

    locality: Locality = Locality()
    labels: Labels = ()
    network: str = ""
    cluster: str = ""


def service_refs(view: View, key: ServiceClusters) -> ServiceRefs:
    """The clusters of a service and the load assignments of those that use EDS (a rule)."""
    service = view.derive(service_in, HostIn(key.namespace, key.host))
    rule = view.derive(merged_rule, key.rules) if key.rules else None
    found = _Found([], [], [])
    if service is None or (key.sni and service.mesh_external):
        return found.frozen()
    localities = view.derive(locality_setting, None)
    subsets = ("", *(subset.name for subset in rule.subsets)) if rule is not None else ("",)
    for port in service.ports:
        if port.protocol is Protocol.UDP or (key.ports is not None and port.number not in key.ports):
            continue
        for subset in subsets:
            policy = policy_at(rule, port.number, subset)
            kind = discovery_of(service, policy, router=key.router)
            if kind is not None:
                plan = plan_of(policy, localities)
                if plan is not None and not matters(view, plan, PortKey(service.key, key.host, port.number)):
                    plan = None
                found.add(key, port.number, subset, (kind, plan))
    return found.frozen()


def matters(view: View, plan: Plan, port: PortKey) -> bool:
    """Whether clients in different places see the endpoints of a port differently under a plan.

    A plan of localities alone makes no difference where all endpoints are in one: nothing is nearer than the rest.
    """
    return bool(plan.distribute or plan.priority) or view.derive(peers_of, port).spread


class _Found(NamedTuple):
    """What `service_refs` has found so far."""

    clusters: list[Ref]
    assignments: list[Ref]
    placed: list[tuple[Ref, Plan]]

    def add(self, key: ServiceClusters, port: int, subset: str, kind: tuple[Discovery, Plan | None]) -> None:
        """Take in a cluster, and its load assignment where it has one of its own."""
        discovery, plan = kind
        own = ClusterKey(key.namespace, key.host, port, subset, key.rules, key.router, key.agent, key.sni)
        cluster = Ref(own.name, outbound_cluster_of, own)
        if plan is not None and discovery.is_dns:
            self.placed.append((cluster, plan))
        else:
            self.clusters.append(cluster)
        if discovery is Discovery.EDS:
            wanted = AssignmentKey(key.namespace, key.host, port, subset, key.rules, key.sni)
            found = Ref(own.name, load_assignment, wanted)
            if plan is not None:
                self.placed.append((found, plan))
            else:
                self.assignments.append(found)

    def frozen(self) -> ServiceRefs:
        """What was found, as a result."""
        return ServiceRefs(tuple(self.clusters), tuple(self.assignments), tuple(self.placed))


def placed_at(placed: Iterable[tuple[Ref, Plan]], position: Position) -> list[Ref]:
    """Resources that depend on where the client is, for clients at a position."""
    known = augmented(position.labels, position.locality, position.network, position.cluster)
    places: dict[Plan, Placement] = {}
    found: list[Ref] = []
    for ref, plan in placed:
        place = places.get(plan)
        if place is None:
            labels = tuple((name, known[name]) for name in plan.labels if name in known)
            place = places[plan] = Placement(position.locality if plan.by_locality else Locality(), labels)
        assert isinstance(ref.key, ClusterKey | AssignmentKey)
        found.append(Ref(ref.name, ref.rule, ref.key.placed(place)))
    return found
