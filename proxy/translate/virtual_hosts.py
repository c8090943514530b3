"""Virtual hosts as resources of their own, named `ROUTE/HOST`. Pure rules."""

from __future__ import annotations

from pipeline.derive import View
from proxy.ref import Ref
from proxy.scope import Scope
from proxy.translate.routes import Audience, audience_of, entries_of, tables


def virtual_host_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """The virtual hosts of all route configurations of a scope, by name."""
    return view.derive(host_refs, audience_of(view, scope))


def host_refs(view: View, audience: Audience) -> tuple[Ref, ...]:
    """The virtual hosts of all route configurations of an audience, by name (a rule)."""
    found = (entry.alone for table in view.derive(tables, audience) for entry in entries_of(view, table))
    return tuple(sorted(found, key=_name))


def _name(ref: Ref) -> str:
    return ref.name
