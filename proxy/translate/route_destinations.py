"""What the destinations of a VirtualService come to: clusters and hash policies. Pure rules.

How a destination resolves seldom depends on who asks, so routes are made with the resolution that the VirtualService's
own namespace has, and a vantage only adds the few targets that it resolves otherwise: then all of them share one
encoding, and an edit of a route costs them nothing.
Source: istio pilot/pkg/networking/core/route/route.go (GetDestinationCluster, hashForHTTPDestination, hashForService).
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.naming import outbound_cluster
from proxy.registry.destination_rules import MergedRule, destination_rule_for
from proxy.registry.export import is_visible
from proxy.registry.merged_routes import merged_routes
from proxy.registry.seen import service_named
from proxy.registry.service import Service
from proxy.registry.services import HostIn, service_in
from proxy.registry.vantage import SeenHost, Vantage
from proxy.translate.route_hash import hash_policy
from proxy.translate.route_site import Resolved, Target
from proxy.translate.route_target import targets_of
from schemas.types.load_balancer import ConsistentHashLB, LoadBalancerSettings
from schemas.types.traffic_policy import TrafficPolicy


class Inquiry(NamedTuple):
    """The destinations of a VirtualService, asked for from a vantage, on a listener's port.

    `nearby` says that a service of the VirtualService's namespace comes before what the vantage sees (gateways).
    """

    virtual_service: Key
    vantage: Vantage
    port: int
    nearby: bool = False


def targets(view: View, key: Key) -> tuple[Target, ...]:
    """The destinations that a VirtualService names, sorted (a rule)."""
    return targets_of(view.derive(merged_routes, key))


def resolved_at_home(view: View, inquiry: tuple[Key, int]) -> dict[Target, Resolved]:
    """What the destinations come to in the VirtualService's own namespace, on a listener's port (a rule)."""
    key, port = inquiry
    home = Inquiry(key, Vantage(key.namespace), port)
    return {target: _resolve(view, home, target) for target in view.derive(targets, key)}


def resolved_otherwise(view: View, inquiry: Inquiry) -> tuple[Resolved, ...]:
    """The destinations that come to something else at a vantage than at home; most often none (a rule)."""
    home = view.derive(resolved_at_home, (inquiry.virtual_service, inquiry.port))
    found = (_resolve(view, inquiry, target) for target in home)
    return tuple(resolved for resolved in found if resolved != home[resolved.target])


def service_hash(view: View, seen: SeenHost, port: int) -> bytes:
    """The hash policy of a service's port for a client that no VirtualService routes, encoded."""
    rule = view.derive(destination_rule_for, seen)
    policy = rule.traffic_policy if rule is not None else None
    return _encoded(_of_port(policy, port) or _consistent(policy.load_balancer if policy is not None else None))


def _resolve(view: View, inquiry: Inquiry, target: Target) -> Resolved:
    seen = SeenHost(inquiry.vantage, target.host)
    service = _service(view, inquiry, seen)
    host = service.alias if service is not None and service.alias else target.host
    port = target.port or _only_port(service) or inquiry.port
    rule = view.derive(destination_rule_for, seen)
    policy = _encoded(_hash_of(rule, target)) if rule is not None else b""
    return Resolved(target, outbound_cluster(port, target.subset, host), policy)


def _service(view: View, inquiry: Inquiry, seen: SeenHost) -> Service | None:
    if inquiry.nearby:
        near = view.derive(service_in, HostIn(inquiry.virtual_service.namespace, seen.host))
        if near is not None and is_visible(near.export_to, inquiry.vantage.namespace):
            return near
    return view.derive(service_named, seen)


def _only_port(service: Service | None) -> int:
    return service.ports[0].number if service is not None and len(service.ports) == 1 else 0


def _hash_of(rule: MergedRule, target: Target) -> ConsistentHashLB | None:
    """The nearest setting: the subset's for the port, the subset's, the rule's for the port, the rule's."""
    subset = rule.subset(target.subset) if target.subset else None
    policies = [policy for policy in (subset.traffic_policy if subset else None, rule.traffic_policy) if policy]
    for policy in policies:
        found = _of_port(policy, target.port) or _consistent(policy.load_balancer)
        if found is not None:
            return found
    return None


def _of_port(policy: TrafficPolicy | None, port: int) -> ConsistentHashLB | None:
    settings = policy.port_level_settings if policy is not None else ()
    return next((_consistent(each.load_balancer) for each in settings if each.port and each.port.number == port), None)


def _consistent(balancer: LoadBalancerSettings | None) -> ConsistentHashLB | None:
    return balancer.consistent_hash if balancer is not None else None


def _encoded(consistent: ConsistentHashLB | None) -> bytes:
    policy = hash_policy(consistent) if consistent is not None else None
    return bytes(policy.SerializeToString(deterministic=True)) if policy is not None else b""
