"""What a sidecar does with requests for hosts that nobody serves: let them pass, or refuse them. Pure rules.

The Sidecar's `outboundTrafficPolicy` comes before the mesh's.
Source: istio pilot/pkg/networking/core/httproute.go (buildCatchAllVirtualHost).
"""

from __future__ import annotations

from typing import NamedTuple

from envoy.config.route.v3.route_components_pb2 import Route
from google.protobuf.duration_pb2 import Duration

from pipeline.derive import View
from proxy.mesh import mesh
from proxy.naming import PASSTHROUGH_CLUSTER, outbound_cluster, resolve_host
from proxy.registry.vantage import Vantage
from proxy.translate.virtual_host import TableEntry, VirtualHostKey, table_member
from proxy.typed import typed_as
from proxy.wire import frame
from schemas.kinds.sidecar import OutboundTrafficPolicy, Sidecar

ALLOW_ANY = "allow_any"
BLOCK_ALL = "block_all"
_ROUTES = 3  # VirtualHost.routes
_BAD_GATEWAY = 502


class Rest(NamedTuple):
    """What is left of a route configuration, as seen from a vantage."""

    vantage: Vantage
    route: str


class OutboundRest(NamedTuple):
    """Where requests for unknown hosts go: a cluster, or nowhere (the empty string)."""

    cluster: str


def outbound_rest(view: View, vantage: Vantage) -> OutboundRest:
    """Where a vantage sends requests for unknown hosts (a rule)."""
    spec = typed_as(view, vantage.sidecar, Sidecar) if vantage.sidecar is not None else None
    if spec is not None and spec.outbound_traffic_policy is not None:
        return OutboundRest(_cluster(spec.outbound_traffic_policy, vantage.namespace))
    return OutboundRest(PASSTHROUGH_CLUSTER if view.derive(outbound_default, None) else "")


def outbound_default(view: View, _: None) -> bool:
    """Whether the mesh lets requests for unknown hosts out (a rule of its own, so that other settings touch nobody)."""
    return view.derive(mesh, None).outbound_allow_any


def rest_entry(view: View, key: Rest) -> TableEntry:
    """The virtual host for every host that has none of its own (a rule)."""
    cluster = view.derive(outbound_rest, key.vantage).cluster
    name = ALLOW_ANY if cluster else BLOCK_ALL
    out = Route(name=name)
    out.match.prefix = "/"
    if cluster:
        out.route.cluster = cluster
        out.route.timeout.CopyFrom(Duration())
        out.route.max_grpc_timeout.CopyFrom(Duration())
    else:
        out.direct_response.status = _BAD_GATEWAY
    sources = (key.vantage.sidecar,) if key.vantage.sidecar is not None else ()
    fixed = frame(_ROUTES, out.SerializeToString(deterministic=True))
    return table_member(key.route, name, name, VirtualHostKey(("*",), fixed=fixed, sources=sources))


def _cluster(policy: OutboundTrafficPolicy, namespace: str) -> str:
    if policy.mode != "ALLOW_ANY":
        return ""
    proxy = policy.egress_proxy
    if proxy is None:
        return PASSTHROUGH_CLUSTER
    port = proxy.port.number if proxy.port is not None else 0
    return outbound_cluster(port, proxy.subset, resolve_host(proxy.host, namespace))
