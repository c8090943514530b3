"""`shared_vantage`: one vantage for all namespaces that see the mesh alike, so that what is joined for one is for all.

A namespace is ordinary where nothing says its name: nothing is exported to it alone, its hosts are declared nowhere
else, and its DestinationRules are public ones for its own hosts. Its clients then see what a client from nowhere sees.
Pure rules.
"""

from __future__ import annotations

from typing import Final

from pipeline.derive import View
from pipeline.model.key import Key
from proxy.mesh import root_namespace
from proxy.registry.export import PUBLIC
from proxy.registry.hostname import is_wildcard
from proxy.registry.rule_heads import DESTINATION_RULE, rule_head
from proxy.registry.services import SERVICE_KINDS, in_namespace, namespace_services, namespaces_of, services_of
from proxy.registry.vantage import Vantage

NOWHERE: Final = Vantage("")
"""The vantage of clients that nothing names."""


def shared_vantage(view: View, vantage: Vantage) -> Vantage:
    """A vantage from which services and the rules for them look the same: `NOWHERE` where that can be (a rule)."""
    if vantage.sidecar is not None or vantage.rules:
        return vantage
    return NOWHERE if view.derive(is_ordinary, vantage.namespace) else vantage


def is_ordinary(view: View, namespace: str) -> bool:
    """Whether clients of the namespace see the mesh as clients from nowhere do (a rule)."""
    if any(view.lookup(services_named_for, kind, namespace) for kind in SERVICE_KINDS):
        return False
    if view.lookup(rules_named_for, DESTINATION_RULE, namespace):
        return False
    services = view.derive(namespace_services, namespace)
    if any(view.derive(namespaces_of, service.host) != (namespace,) for service in services):
        return False
    return namespace == view.derive(root_namespace, None) or _has_own_rules_only(view, namespace)


def services_named_for(view: View, key: Key) -> tuple[str, ...]:
    """The namespaces that the services of an object are exported to by name (the groups of an index)."""
    found = (service.export_to for service in view.derive(services_of, key))
    return tuple(sorted(set().union(*(names for names in found if names != PUBLIC))))


def rules_named_for(view: View, key: Key) -> tuple[str, ...]:
    """The namespaces that a rule is exported to by name, its own where it is hidden (the groups of an index)."""
    head = view.derive(rule_head, key)
    if head is None or head.export_to == PUBLIC:
        return ()
    return tuple(sorted({*head.export_to, key.namespace}))


def _has_own_rules_only(view: View, namespace: str) -> bool:
    """Whether every rule of the namespace is for one host of the namespace, where everybody finds it."""
    found = (view.derive(rule_head, key) for key in view.lookup(in_namespace, DESTINATION_RULE, namespace))
    hosts = (head.host for head in found if head is not None and head.selector is None)
    return all(not is_wildcard(host) and view.derive(namespaces_of, host) == (namespace,) for host in hosts)
