"""No two VirtualServices claim one host inside the mesh: only the oldest would count. IST0109. Pure.

Source: istio pkg/config/analysis/analyzers/virtualservice/conflictingmeshgatewayhosts.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.stages.analyze.hosts import full_name
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.typed import typed_as
from schemas.kinds.virtual_service import VirtualService

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key


def mesh_host_problems(view: View, key: Key, spec: VirtualService) -> Iterator[Problem]:
    """Give the hosts that another VirtualService, seen from the same namespace, claims too."""
    names = mesh_names(view, key)
    for number, host in enumerate(spec.hosts if names else ()):
        others = view.lookup(mesh_names, "VirtualService", full_name(host, key.namespace))
        rivals = tuple(other for other in others if other != key and _meet(view, key, other))
        if rivals:
            text = f"host {host} is claimed inside the mesh by {', '.join(map(str, rivals))} as well"
            hint = "only the oldest counts: merge them, or export them to different namespaces"
            yield Problem("IST0109", f"spec.hosts[{number}]", text, hint, rivals, "also claims the host")


def mesh_names(view: View, key: Key) -> tuple[str, ...]:
    """Return the hosts that a VirtualService claims inside the mesh, in full (an index's rule)."""
    spec = typed_as(view, key, VirtualService)
    if spec is None or (spec.gateways and "mesh" not in spec.gateways):
        return ()
    return tuple(full_name(host, key.namespace) for host in spec.hosts)


def _meet(view: View, one: Key, other: Key) -> bool:
    scopes = [_exports(view, key) for key in (one, other)]
    return "*" in scopes[0] or "*" in scopes[1] or bool(scopes[0] & scopes[1])


def _exports(view: View, key: Key) -> frozenset[str]:
    spec = typed_as(view, key, VirtualService)
    scopes = spec.export_to if spec is not None else ()
    return frozenset(key.namespace if scope == "." else scope for scope in scopes or ("*",))
