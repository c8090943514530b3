"""VirtualServices among each other: no two claim one host inside the mesh, no gateway passes subsets by. Pure.

IST0109, IST0140. Source: istio pkg/config/analysis/analyzers/virtualservice/{conflictingmeshgatewayhosts,
destinationhosts}.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.stages.analyze.bound_gateways import MESH
from pipeline.stages.analyze.few import few, in_words
from pipeline.stages.analyze.problem import Problem
from pipeline.stages.claimed_hosts import full_name
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
        rivals = few(other for other in others if other != key and _meet(view, key, other))
        if rivals:
            text = f"The host {host} is claimed inside the mesh by {in_words([*map(str, rivals)])} as well"
            hint = "only the oldest counts: merge them, or export them to different namespaces"
            yield Problem("IST0109", f"spec.hosts[{number}]", text, hint, rivals, "also claims the host")


def passed_by_problems(view: View, key: Key, spec: VirtualService) -> Iterator[Problem]:
    """Give the routes at a gateway to a host whose own VirtualService splits it by subsets: it has no say there."""
    if not any(gateway != MESH for gateway in spec.gateways):
        return
    for number, http in enumerate(spec.http):
        for index, route in enumerate(http.route):
            if route.destination.subset:
                continue
            host = full_name(route.destination.host, key.namespace)
            others = few(
                other
                for other in view.lookup(split_hosts, "VirtualService", host)
                if other != key and not _bound_alike(view, other, spec.gateways)
            )
            if others:
                path = f"spec.http[{number}].route[{index}].destination.host"
                text = f"The subsets in {in_words([*map(str, others)])} have no effect on requests through the gateway"
                hint = "name the subsets here too, or bind that VirtualService to the gateway"
                yield Problem("IST0140", path, text, hint, others, "splits the host by subsets")


def mesh_names(view: View, key: Key) -> tuple[str, ...]:
    """Return the hosts that a VirtualService claims inside the mesh, in full (an index's rule)."""
    spec = typed_as(view, key, VirtualService)
    if spec is None or (spec.gateways and MESH not in spec.gateways):
        return ()
    return tuple(full_name(host, key.namespace) for host in spec.hosts)


def split_hosts(view: View, key: Key) -> tuple[str, ...]:
    """Return the hosts of a VirtualService that it sends to subsets of themselves, in full (an index's rule)."""
    spec = typed_as(view, key, VirtualService)
    if spec is None:
        return ()
    routes = (route.destination for http in spec.http for route in http.route)
    names = {full_name(host, key.namespace) for host in spec.hosts}
    return tuple(sorted(names & {full_name(one.host, key.namespace) for one in routes if one.subset}))


def _meet(view: View, one: Key, other: Key) -> bool:
    scopes = [view.derive(exports, key) for key in (one, other)]
    return "*" in scopes[0] or "*" in scopes[1] or bool(scopes[0] & scopes[1])


def exports(view: View, key: Key) -> frozenset[str]:
    """Return the namespaces that see a VirtualService, `*` for all (a rule)."""
    spec = typed_as(view, key, VirtualService)
    scopes = spec.export_to if spec is not None else ()
    return frozenset(key.namespace if scope == "." else scope for scope in scopes or ("*",))


def bound_to(view: View, key: Key) -> tuple[str, ...]:
    """Return the gateways of a VirtualService, as `namespace/name` (a rule)."""
    spec = typed_as(view, key, VirtualService)
    return tuple(_in_full(name, key.namespace) for name in spec.gateways) if spec is not None else ()


def _bound_alike(view: View, other: Key, gateways: tuple[str, ...]) -> bool:
    bound = view.derive(bound_to, other)
    return any(_in_full(name, other.namespace) in bound for name in gateways if name != MESH)


def _in_full(name: str, namespace: str) -> str:
    return name if "/" in name else f"{namespace}/{name}"
