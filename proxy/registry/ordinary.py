"""`shared_vantage`: one vantage for all namespaces that see the mesh alike, so that what is joined for one is for all.

A namespace is ordinary where nothing says its name: nothing is exported to it alone, its hosts are declared nowhere
else, and its DestinationRules are public ones for its own hosts. Its clients then see what a client from nowhere sees.
Pure rules.
"""

from __future__ import annotations

from typing import Final

from pipeline.derive import View
from proxy.mesh import root_namespace
from proxy.registry.rule_heads import all_heads, is_named
from proxy.registry.services import declaring, exported_to, namespace_services, namespaces_of
from proxy.registry.vantage import Vantage
from schemas.hostname import is_wildcard

NOWHERE: Final = Vantage("")
"""The vantage of clients that nothing names."""


def shared_vantage(view: View, vantage: Vantage) -> Vantage:
    """A vantage from which services and the rules for them look the same: `NOWHERE` where that can be (a rule).

    Allocated addresses are not among what is looked at.
    """
    if vantage.sidecar is not None or vantage.rules:
        return vantage
    return NOWHERE if view.derive(is_ordinary, vantage.namespace) else vantage


def is_ordinary(view: View, namespace: str) -> bool:
    """Whether clients of the namespace see the mesh as clients from nowhere do (a rule)."""
    if declaring(view, exported_to(namespace)) or is_named(view, namespace):
        return False
    services = view.derive(namespace_services, namespace)
    if any(view.derive(namespaces_of, service.host) != (namespace,) for service in services):
        return False
    return namespace == view.derive(root_namespace, None) or _has_own_rules_only(view, namespace)


def _has_own_rules_only(view: View, namespace: str) -> bool:
    """Whether every rule of the namespace is for one host of the namespace, where everybody finds it."""
    hosts = (head.host for head in all_heads(view, namespace))
    return all(not is_wildcard(host) and view.derive(namespaces_of, host) == (namespace,) for host in hosts)
