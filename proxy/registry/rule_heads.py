"""DestinationRules, as far as choosing among them goes. Pure rules."""

from __future__ import annotations

from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.naming import resolve_host
from proxy.registry.export import PUBLIC, exported, rule_export_default
from proxy.registry.service import Labels
from proxy.typed import typed_as
from schemas.hostname import is_wildcard
from schemas.kinds.destination_rule import DestinationRule

DESTINATION_RULE: Final = "DestinationRule"
_SELECTING: Final = "selecting"
_WILDCARD: Final = "wildcard"
_EXACT: Final = "exact"
_ALL: Final = "all"
_NAMED: Final = "named"


class RuleHead(NamedTuple):
    """What orders and selects a DestinationRule, the oldest first; `selector` None is for every client."""

    created: str
    key: Key
    host: str
    export_to: frozenset[str]
    selector: frozenset[tuple[str, str]] | None


class RuleGroup(NamedTuple):
    """A group of the index of rules.

    Of a namespace: all for every client, those for an exact host, for wildcards, for some clients; and those that are
    exported to the namespace by name, or private or hidden in it.
    """

    namespace: str
    sort: str
    host: str = ""


def rule_head(view: View, key: Key) -> RuleHead | None:
    """The head of one rule (a rule)."""
    resource = view.get(key)
    spec = typed_as(view, key, DestinationRule)
    if resource is None or spec is None:
        return None
    labels = spec.workload_selector.match_labels if spec.workload_selector is not None else {}
    export_to = exported(spec.export_to, key.namespace, view.derive(rule_export_default, None))
    host = resolve_host(spec.host, key.namespace)
    return RuleHead(resource.created, key, host, export_to, frozenset(labels.items()) if labels else None)


def rule_groups(view: View, key: Key) -> tuple[RuleGroup, ...]:
    """The groups that the index lists a rule in."""
    head = view.derive(rule_head, key)
    if head is None:
        return ()
    if head.selector is not None:
        return (RuleGroup(key.namespace, _SELECTING),)
    named = {*head.export_to, key.namespace} if head.export_to != PUBLIC else ()
    return (
        RuleGroup(key.namespace, _ALL),
        RuleGroup(key.namespace, _WILDCARD) if is_wildcard(head.host) else RuleGroup(key.namespace, _EXACT, head.host),
        *(RuleGroup(namespace, _NAMED) for namespace in named),
    )


def heads_in(view: View, group: RuleGroup) -> tuple[RuleHead, ...]:
    """The heads of a group, the oldest first (a rule)."""
    found = (view.derive(rule_head, key) for key in view.lookup(rule_groups, DESTINATION_RULE, group))
    return tuple(sorted((head for head in found if head is not None), key=lambda head: head[:2]))


def exact_heads(view: View, namespace: str, host: str) -> tuple[RuleHead, ...]:
    """The rules of a namespace for that very host and every client, the oldest first."""
    if not namespace or not view.lookup(rule_groups, DESTINATION_RULE, RuleGroup(namespace, _ALL)):
        return ()  # so that hosts cost nothing where there are no rules
    return heads_in(view, RuleGroup(namespace, _EXACT, host))


def wildcard_heads(view: View, namespace: str) -> tuple[RuleHead, ...]:
    """The rules of a namespace for wildcards and every client, the oldest first."""
    return view.derive(heads_in, RuleGroup(namespace, _WILDCARD))


def all_heads(view: View, namespace: str) -> tuple[RuleHead, ...]:
    """The rules of a namespace for every client, the oldest first."""
    return view.derive(heads_in, RuleGroup(namespace, _ALL))


def is_named(view: View, namespace: str) -> bool:
    """Whether rules are exported to the namespace by name, or are private or hidden in it."""
    return bool(view.lookup(rule_groups, DESTINATION_RULE, RuleGroup(namespace, _NAMED)))


def selecting_rules(view: View, client: tuple[str, Labels]) -> tuple[Key, ...]:
    """The rules of a namespace whose workloadSelector selects these labels, the oldest first (a rule)."""
    namespace, labels = client
    have = frozenset(labels)
    heads = view.derive(heads_in, RuleGroup(namespace, _SELECTING))
    return tuple(head.key for head in heads if head.selector is not None and head.selector <= have)
