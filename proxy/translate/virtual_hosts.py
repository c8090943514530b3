"""Virtual hosts as resources of their own, named `ROUTE/HOST`. Pure rules."""

from __future__ import annotations

from pipeline.derive import View
from proxy.ref import Ref
from proxy.scope import Scope
from proxy.translate.routes import RouteTable, entries_of, route_name, tables_of
from proxy.translate.virtual_host import NamedHost, virtual_host


def virtual_host_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """The virtual hosts of all route configurations of a scope, by name."""
    tables = tables_of(view, scope)
    return tuple(sorted((ref for table in tables for ref in view.derive(host_refs, table)), key=_name))


def host_refs(view: View, table: RouteTable) -> tuple[Ref, ...]:
    """The virtual hosts of a route configuration (a rule)."""
    route = route_name(table)
    names = ((f"{route}/{entry.alone}", entry.host) for entry in entries_of(view, table))
    return tuple(Ref(name, virtual_host, NamedHost(name, host)) for name, host in names)


def _name(ref: Ref) -> str:
    return ref.name
