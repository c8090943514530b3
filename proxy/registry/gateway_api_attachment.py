"""Which HTTPRoutes are attached to a listener, and with which hosts. Pure rules.

A route names the Gateway, and maybe the listener or its port; the listener takes routes of the namespaces and kinds
that it allows; and of the hosts of both, the narrower ones count where they overlap.
Source: https://gateway-api.sigs.k8s.io/reference/spec/#httproute (parentRefs, hostnames), #listener (allowedRoutes).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from pipeline.derive import View
from pipeline.model.key import Key
from pipeline.stages.gateway_class import own_gateway
from proxy.registry.gateway_api import HTTP_ROUTE, Parent, route_parents
from proxy.registry.gateway_api_gateways import ListenerOf, served_listener
from proxy.typed import typed_as
from schemas.gateway_api_kinds import GROUP
from schemas.hostname import covers
from schemas.kinds.gateway_api_http_route import HTTPRoute
from schemas.types.gateway_api_listener import Listener, NamespaceSelector, SelectorRequirement
from schemas.types.gateway_api_reference import ParentReference

EVERY_HOST: Final = "*"
NO_MATCHING_PARENT: Final = "NoMatchingParent"
NOT_ALLOWED: Final = "NotAllowedByListeners"
NO_MATCHING_HOST: Final = "NoMatchingListenerHostname"
_NAME_LABEL: Final = "kubernetes.io/metadata.name"


class AttachedRoute(NamedTuple):
    """A route of a listener, the oldest first; sorts as its precedence does."""

    created: str
    namespace: str
    name: str
    hosts: tuple[str, ...]

    @property
    def key(self) -> Key:
        """The HTTPRoute's key."""
        return Key(HTTP_ROUTE, self.namespace, self.name)


def attached_routes(view: View, name: ListenerOf) -> tuple[AttachedRoute, ...]:
    """The routes of a listener, the oldest first (a rule)."""
    listener = served_listener(view.derive(own_gateway, name.gateway), name.listener)
    if listener is None:
        return ()
    keys = view.lookup(route_parents, HTTP_ROUTE, Parent(name.gateway.namespace, name.gateway.name))
    found = (_attached(view, name, listener, key) for key in keys)
    return tuple(sorted(route for route in found if route is not None))


def refusal(view: View, name: ListenerOf, route: Key, ref: ParentReference) -> str:
    """Why a listener of a Gateway of ours does not take a route that names a parent so: the Gateway API's reason.

    Empty where it does. The reasons are told in the order of the source, the first that applies.
    """
    gateway = view.derive(own_gateway, name.gateway)
    listener = next((item for item in gateway.listeners if item.name == name.listener), None) if gateway else None
    if listener is None:
        return NO_MATCHING_PARENT
    reason = _refusal(view, name, listener, route, ref)
    if reason or served_listener(gateway, name.listener) is None:
        return reason or NOT_ALLOWED
    spec = typed_as(view, route, HTTPRoute)
    return "" if spec is not None and _hosts(listener.hostname, spec.hostnames) else NO_MATCHING_HOST


def listener_hosts(view: View, name: ListenerOf) -> tuple[str, ...]:
    """The hosts for which a listener has routes, sorted (a rule)."""
    return tuple(sorted({host for route in view.derive(attached_routes, name) for host in route.hosts}))


def _attached(view: View, name: ListenerOf, listener: Listener, key: Key) -> AttachedRoute | None:
    resource, spec = view.get(key), typed_as(view, key, HTTPRoute)
    if resource is None or spec is None:
        return None
    if all(_refusal(view, name, listener, key, ref) for ref in spec.parent_refs):
        return None
    hosts = _hosts(listener.hostname, spec.hostnames)
    return AttachedRoute(resource.created, key.namespace, key.name, hosts) if hosts else None


def _refusal(view: View, name: ListenerOf, listener: Listener, route: Key, ref: ParentReference) -> str:
    """Why a listener does not take a route that names a parent so, whatever their hosts; empty where it does."""
    if not _names(ref, route.namespace, name, listener):
        return NO_MATCHING_PARENT
    return "" if _allows(view, name.gateway.namespace, listener, route.namespace) else NOT_ALLOWED


def _names(ref: ParentReference, namespace: str, name: ListenerOf, listener: Listener) -> bool:
    if (ref.group, ref.kind, ref.namespace or namespace, ref.name) != (
        GROUP,
        "Gateway",
        name.gateway.namespace,
        name.gateway.name,
    ):
        return False
    return ref.section_name in (None, listener.name) and ref.port in (None, listener.port)


def _allows(view: View, own: str, listener: Listener, namespace: str) -> bool:
    allowed = listener.allowed_routes
    if allowed is not None and allowed.kinds and (GROUP, HTTP_ROUTE) not in {(i.group, i.kind) for i in allowed.kinds}:
        return False
    where = allowed.namespaces if allowed is not None else None
    match where.from_ if where is not None else None:
        case "All":
            return True
        case "Selector":
            selector = where.selector if where is not None else None
            return selector is not None and _selects(selector, view.derive(namespace_labels, namespace))
        case "None":
            return False
        case _:
            return namespace == own


def namespace_labels(view: View, name: str) -> dict[str, str]:
    """The labels of a namespace; its name is one of them (a rule)."""
    resource = view.get(Key("Namespace", "", name))
    return {_NAME_LABEL: name, **(resource.labels if resource is not None else {})}


def _selects(selector: NamespaceSelector, labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in selector.match_labels.items()) and all(
        _holds(item, labels) for item in selector.match_expressions
    )


def _holds(item: SelectorRequirement, labels: Mapping[str, str]) -> bool:
    match item.operator:
        case "In":
            return labels.get(item.key) in item.values
        case "NotIn":
            return labels.get(item.key) not in item.values
        case "Exists":
            return item.key in labels
        case "DoesNotExist":
            return item.key not in labels


def _hosts(listener: str | None, route: tuple[str, ...]) -> tuple[str, ...]:
    """The hosts that both stand for; a listener or a route without any stands for all."""
    own = (listener or EVERY_HOST).lower()
    found: dict[str, None] = {}
    for host in route or (EVERY_HOST,):
        if covers(own, host):
            found[host] = None
        elif covers(host, own):
            found[own] = None
    return tuple(found)
