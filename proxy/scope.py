"""`Scope`: all that decides what a proxy sees, and `scope_of`: the scope of a node. Pure.

Nodes that differ only by address or name have one scope, and so share every result that is keyed by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pipeline.derive import View
from proxy.node import Node
from proxy.registry.allocation import uses_allocated
from proxy.registry.instances import Place, local_workload
from proxy.registry.service import NOWHERE, Labels, Locality, ServiceInstance
from proxy.registry.sidecars import Client, vantage_for
from proxy.registry.vantage import DEFAULT_VANTAGE, Vantage


class ProxyType(Enum):
    """What kind of proxy a node is."""

    SIDECAR = "sidecar"
    ROUTER = "router"


class Flavour(Enum):
    """Which Envoy it is: upstream's, or Istio's, which has filters of its own."""

    ENVOY = "envoy"
    ISTIO = "istio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a proxy is, as far as it matters. `labels` and `instances` are sorted; routers have no instances.

    `dns_domain` is the proxy's own (`ns.svc.cluster.local`), to which short names are relative. `addresses` are the
    proxy's where it binds ports of its own (interception mode NONE), else none.
    """

    type: ProxyType = ProxyType.SIDECAR
    namespace: str = "default"
    dns_domain: str = ""
    labels: Labels = ()
    cluster_id: str = ""
    network: str = ""
    locality: Locality = NOWHERE
    interception_mode: str = "REDIRECT"
    addresses: tuple[str, ...] = ()
    flavour: Flavour = Flavour.ENVOY
    instances: tuple[ServiceInstance, ...] = ()
    vantage: Vantage = DEFAULT_VANTAGE


def vantage_of(scope: Scope) -> Vantage:
    """What decides outbound visibility for proxies of this scope."""
    return scope.vantage


def scope_of(view: View, node: Node) -> Scope:
    """The scope of a node, under today's configuration (a rule)."""
    router = node.type == ProxyType.ROUTER.value
    found = view.derive(local_workload, Place(node.ips, node.namespace, node.labels))
    seen = view.derive(vantage_for, Client(node.namespace, found.labels, router))
    said = Locality(node.locality.region, node.locality.zone, node.locality.sub_zone)
    return Scope(
        type=ProxyType.ROUTER if router else ProxyType.SIDECAR,
        namespace=node.namespace,
        dns_domain=node.dns_domain,
        labels=found.labels,
        cluster_id=node.cluster_id,
        network=node.network,
        locality=said if said.region else found.locality,
        interception_mode=node.interception_mode,
        addresses=node.ips if node.interception_mode == "NONE" and not router else (),
        flavour=Flavour.ISTIO if node.istio_version else Flavour.ENVOY,
        instances=() if router else found.instances,
        vantage=seen._replace(allocated=not router and uses_allocated(view, node)),
    )
