"""Which DestinationRules apply to a host as somebody sees it, and what they amount to. Pure rules.

The first of these that has a rule for the host wins alone: rules that select the client's workload, its own namespace
(unless that is the root), the service's namespace, the root namespace. Inside a namespace the most specific host wins;
rules for one host with equal exportTo are merged, the oldest first: subsets by name, the first top-level policy.
Source: istio pilot/pkg/model/push_context.go (destinationRule) and destination_rule.go (mergeDestinationRule).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.derive import View, transient
from pipeline.model.key import Key
from proxy.mesh import root_namespace
from proxy.registry.export import is_visible
from proxy.registry.rule_heads import RuleHead, exact_heads, rule_head, wildcard_heads
from proxy.registry.seen import visible_host
from proxy.registry.vantage import SeenHost, Vantage
from proxy.typed import typed_as
from schemas.hostname import covers, is_wildcard
from schemas.kinds.destination_rule import DestinationRule, Subset
from schemas.types.traffic_policy import TrafficPolicy

RuleKeys = tuple[Key, ...]
"""Rules that are merged into one, the oldest first; empty where none applies."""


class RuleQuery(NamedTuple):
    """A host as somebody at a vantage asks for it, and the namespace of the service that is meant."""

    vantage: Vantage
    host: str
    service_namespace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedRule:
    """What several DestinationRules for one host amount to; `keys` are theirs, the oldest first."""

    keys: RuleKeys
    traffic_policy: TrafficPolicy | None
    subsets: tuple[Subset, ...]

    def subset(self, name: str) -> Subset | None:
        """The subset of that name."""
        return next((subset for subset in self.subsets if subset.name == name), None)


def destination_rule_for(view: View, name: SeenHost) -> MergedRule | None:
    """What applies to a host as a vantage sees it, merged; None where nothing does (a rule)."""
    return view.derive(merged_rule, view.derive(rules_for, name))


def rules_for(view: View, name: SeenHost) -> RuleKeys:
    """The keys of the rules that apply to a host as a vantage sees it (a rule)."""
    seen = view.derive(visible_host, name)
    return view.derive(rules_at, RuleQuery(name.vantage, name.host, seen.service.namespace if seen is not None else ""))


def rules_at(view: View, name: RuleQuery) -> RuleKeys:
    """`rules_for`, where the service is known: its namespace, empty where there is none (a rule)."""
    own = name.vantage.namespace
    root = view.derive(root_namespace, None)
    found = _merge_group(_matching(_heads(view, name.vantage.rules), name.host))
    if not found:
        local = _candidates(view, own, name.host)
        found = _merge_group(_matching((h for h in local if own != root or _is_private(h, own)), name.host))
    for namespace in (name.service_namespace, root):
        if not found and namespace:
            exported = (h for h in _candidates(view, namespace, name.host) if is_visible(h.export_to, own))
            found = _merge_group(_matching(exported, name.host))
    return found


@transient
def merged_rule(view: View, keys: RuleKeys) -> MergedRule | None:
    """Rules as one; None for no rules (a rule)."""
    found = [(key, spec) for key in keys if (spec := typed_as(view, key, DestinationRule)) is not None]
    if not found:
        return None
    subsets: dict[str, Subset] = {}
    for _, spec in found:
        for subset in spec.subsets:
            subsets.setdefault(subset.name, subset)
    policies = (spec.traffic_policy for _, spec in found if spec.traffic_policy is not None)
    return MergedRule(
        keys=tuple(key for key, _ in found), traffic_policy=next(policies, None), subsets=tuple(subsets.values())
    )


def subset_names(view: View, keys: RuleKeys) -> tuple[str, ...]:
    """The names of the subsets of merged rules, in their order (a rule)."""
    found = view.derive(merged_rule, keys)
    return tuple(subset.name for subset in found.subsets) if found is not None else ()


def _heads(view: View, keys: RuleKeys) -> list[RuleHead]:
    found = (view.derive(rule_head, key) for key in keys)
    return [head for head in found if head is not None]


def _candidates(view: View, namespace: str, host: str) -> list[RuleHead]:
    """The rules of a namespace that may be for the host."""
    return [*exact_heads(view, namespace, host), *wildcard_heads(view, namespace)]


def _is_private(head: RuleHead, namespace: str) -> bool:
    return head.export_to == frozenset({namespace})


def _matching(heads: Iterable[RuleHead], host: str) -> list[RuleHead]:
    """The rules whose host is the most specific one that covers the host, the oldest first."""
    found = [head for head in heads if covers(head.host, host)]
    if not found:
        return []
    best = max(found, key=lambda head: (not is_wildcard(head.host), len(head.host))).host
    return [head for head in found if head.host == best]


def _merge_group(heads: list[RuleHead]) -> RuleKeys:
    """The oldest rule, and those that are merged into it: equal in exportTo and selector."""
    if not heads:
        return ()
    first = heads[0]
    same = (head for head in heads if head.export_to == first.export_to and head.selector == first.selector)
    return tuple(head.key for head in same)
