"""`refs`: which resources of a type a scope sees, and how each is made. Pure.

It only says who answers for which type.
"""

from __future__ import annotations

from typing import assert_never

from pipeline.derive import View
from proxy.ref import Ref
from proxy.resource_type import ResourceType
from proxy.scope import Scope
from proxy.translate.clusters import cluster_refs
from proxy.translate.endpoints import endpoint_refs
from proxy.translate.listeners import listener_refs
from proxy.translate.routes import route_refs, vhds_route_refs
from proxy.translate.secrets import secret_refs
from proxy.translate.virtual_hosts import virtual_host_refs


def refs(view: View, key: tuple[Scope, ResourceType]) -> tuple[Ref, ...]:
    """The resources of a type that a scope sees, by name, each name once (a rule)."""
    scope, type_ = key
    match type_:
        case ResourceType.CLUSTER:
            return cluster_refs(view, scope)
        case ResourceType.ENDPOINT:
            return endpoint_refs(view, scope)
        case ResourceType.LISTENER:
            return listener_refs(view, scope)
        case ResourceType.ROUTE:
            return vhds_route_refs(view, scope)
        case ResourceType.ROUTE_TABLE:
            return route_refs(view, scope)
        case ResourceType.VIRTUAL_HOST:
            return virtual_host_refs(view, scope)
        case ResourceType.SECRET:
            return secret_refs(view, scope)
        case _:
            assert_never(type_)
