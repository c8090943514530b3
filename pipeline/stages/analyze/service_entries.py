"""ServiceEntries: TCP ports have an address to listen on, selectors select something. IST0134, IST0127. Pure.

The input `IP_AUTOALLOCATE` is Istio's `PILOT_ENABLE_IP_AUTOALLOCATE`: true where addresses are allocated for entries
that have none. Where it is not set, the mesh's `proxyMetadata` decides, as in Istio's analyzer.
Source: istio pkg/config/analysis/analyzers/serviceentry/protocoladdresses.go and pilot/pkg/networking/serviceentry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.stages.analyze.problem import Problem
from pipeline.stages.analyze.rules import unmatched
from pipeline.stages.inputs import IP_AUTOALLOCATE
from pipeline.stages.typed import typed_as
from schemas.kinds.mesh_config import MeshConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.derive import View
    from pipeline.model.key import Key
    from schemas.kinds.service_entry import ServiceEntry

_OPT_OUT: Final = "networking.istio.io/enable-autoallocate-ip"


def service_entry_problems(view: View, key: Key, spec: ServiceEntry) -> Iterator[Problem]:
    """Give what is wrong with a ServiceEntry."""
    bare = [number for number, port in enumerate(spec.ports) if port.protocol.lower() in {"", "tcp"}]
    if bare and not spec.addresses and not _allocated(view, key, spec):
        for number in bare:
            port = spec.ports[number]
            text = (
                f"ServiceEntry addresses are required for port {port.number}, which speaks {port.protocol or 'TCP'}:"
                " without one its traffic is told by the port alone"
            )
            yield Problem("IST0134", f"spec.ports[{number}]", text, "add addresses, or say the protocol")
    if spec.workload_selector is not None:
        yield from unmatched(view, key, spec.workload_selector.labels, "spec.workloadSelector")


def allocates_by_mesh(view: View, _: None) -> bool:
    """Tell whether the mesh's settings let proxies allocate addresses themselves (a rule)."""
    for key in view.keys("MeshConfig"):
        mesh = typed_as(view, key, MeshConfig)
        given = mesh.default_config.proxy_metadata if mesh is not None and mesh.default_config is not None else {}
        if given.get("ISTIO_META_DNS_CAPTURE") == "true" and "true" in {
            given.get("ISTIO_META_DNS_AUTO_ALLOCATE"),
            given.get("PILOT_ENABLE_IP_AUTOALLOCATE"),
        }:
            return True
    return False


def _allocated(view: View, key: Key, spec: ServiceEntry) -> bool:
    if view.derive(allocates_by_mesh, None):
        return True
    if not view.input(IP_AUTOALLOCATE) or spec.resolution == "NONE" or all("*" in host for host in spec.hosts):
        return False
    resource = view.get(key)
    return resource is not None and resource.labels.get(_OPT_OUT) != "false"
