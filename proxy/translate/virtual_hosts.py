"""Virtual hosts as resources of their own, named `ROUTE/HOST`. Pure rules."""

from __future__ import annotations

from pipeline.derive import View
from proxy.ref import Ref
from proxy.scope import Scope
from proxy.translate.routes import RouteTable, entries_of, tables_of


def virtual_host_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """The virtual hosts of all route configurations of a scope, by name."""
    tables = tables_of(view, scope)
    return tuple(sorted((ref for table in tables for ref in view.derive(host_refs, table)), key=_name))


def host_refs(view: View, table: RouteTable) -> tuple[Ref, ...]:
    """The virtual hosts of a route configuration (a rule)."""
    return tuple(entry.alone for entry in entries_of(view, table))


def _name(ref: Ref) -> str:
    return ref.name
