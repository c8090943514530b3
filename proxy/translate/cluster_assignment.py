"""The load assignment of an EDS cluster. Pure rules.

Endpoints that are names, or sick, are left out; an assignment without endpoints is sent all the same, because a cluster
waits for it.
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.derive import View
from proxy.encoded import Encoded, encoded
from proxy.naming import outbound_cluster, sni_cluster
from proxy.registry.destination_rules import RuleKeys, merged_rule
from proxy.registry.endpoints import can_be_eds, endpoints_of
from proxy.registry.networks import across, networks
from proxy.registry.placement import Placement, Plan, plan_of
from proxy.registry.service import Labels, PortKey
from proxy.registry.services import HostIn, service_in
from proxy.registry.traffic_policy import Policy, policy_at
from proxy.resource_type import ResourceType
from proxy.translate.cluster_inline import assignment
from proxy.translate.cluster_places import Group, distinct, groups_of
from proxy.translate.cluster_settings import locality_setting
from schemas.types.locality import LocalityLoadBalancerSetting


class AssignmentKey(NamedTuple):
    """What a load assignment is made of.

    `network` and `placement` say where the client is, and are set only where that matters.
    """

    namespace: str
    host: str
    port: int
    subset: str = ""
    rules: RuleKeys = ()
    sni: bool = False
    network: str = ""
    placement: Placement | None = None

    @property
    def name(self) -> str:
        """The name of the cluster."""
        make = sni_cluster if self.sni else outbound_cluster
        return make(self.port, self.subset, self.host)

    def placed(self, placement: Placement) -> AssignmentKey:
        """The same for clients at a placement."""
        return self._replace(placement=placement)

    def within(self, network: str) -> AssignmentKey:
        """The same for clients in a network."""
        return self._replace(network=network)


class Choice(NamedTuple):
    """What of the rules load assignments depend on: the labels of a subset, the plan of localities, whose TLS."""

    labels: Labels
    plan: Plan | None
    mutual: bool
    """Whether no rule says another TLS than Istio's mutual one."""


class PolicyKey(NamedTuple):
    """A port under rules."""

    rules: RuleKeys
    port: int


def choices_of(view: View, key: PolicyKey) -> tuple[tuple[str, Choice], ...]:
    """Which endpoints each subset has and how they are spread, that of all endpoints first, under the empty name.

    A rule; most edits of a DestinationRule leave its result equal.
    """
    rule = view.derive(merged_rule, key.rules) if key.rules else None
    setting = view.derive(locality_setting, None)
    found = [("", _choice((), policy_at(rule, key.port), setting))]
    for subset in rule.subsets if rule is not None else ():
        labels = tuple(sorted(subset.labels.items()))
        found.append((subset.name, _choice(labels, policy_at(rule, key.port, subset.name), setting)))
    return tuple(found)


def _choice(labels: Labels, policy: Policy, setting: LocalityLoadBalancerSetting) -> Choice:
    return Choice(labels, plan_of(policy, setting), policy.tls is None or policy.tls.mode == "ISTIO_MUTUAL")


def load_assignment(view: View, key: AssignmentKey) -> Encoded:
    """The endpoints of a cluster, as a client at the placement sees them (a rule)."""
    choices = view.derive(choices_of, PolicyKey(key.rules, key.port))
    choice = next((choice for name, choice in choices if name == key.subset), None)
    service = view.derive(service_in, HostIn(key.namespace, key.host))
    groups: tuple[Group, ...] = ()
    if service is not None and choice is not None:
        wanted = frozenset(choice.labels)
        endpoints = view.derive(endpoints_of, PortKey(service.key, key.host, key.port))
        chosen = (item for item in endpoints if item.healthy and can_be_eds(item) and wanted <= frozenset(item.labels))
        if key.sni:
            chosen = (item for item in chosen if item.tls_mode == "istio")
        found = distinct(chosen)
        if key.network:
            found = across(found, view.derive(networks, None), key.network, mutual=choice.mutual)
        groups = groups_of(found, choice.plan, key.placement)
    body = assignment(key.name, groups).SerializeToString(deterministic=True)
    return encoded(ResourceType.ENDPOINT, key.name, body)
