"""The load assignments that a proxy needs: one for each of its clusters that uses EDS. Pure rules."""

from __future__ import annotations

from pipeline.derive import View
from proxy.ref import Ref
from proxy.scope import Scope
from proxy.translate.cluster_join import outbound_at, service_endpoint_refs


def endpoint_refs(view: View, scope: Scope) -> tuple[Ref, ...]:
    """All load assignments of a proxy, by name (a rule)."""
    found = [view.derive(service_endpoint_refs, key) for key in outbound_at(view, scope)]
    return found[0] if len(found) == 1 else tuple(ref for refs in found for ref in refs)
