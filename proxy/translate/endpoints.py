"""The load assignments that a proxy needs: one for each of its clusters that uses EDS. Pure rules."""

from __future__ import annotations

from pipeline.derive import View
from proxy.ref import Ref
from proxy.scope import Scope
from proxy.translate.cluster_join import outbound_at, service_endpoint_refs


def endpoint_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """All load assignments of a proxy, by name (a rule)."""
    return view.derive(service_endpoint_refs, outbound_at(scope))
